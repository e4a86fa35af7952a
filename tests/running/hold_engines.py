"""A program that holds engines until it is ended: `python -m tests.running.hold_engines STATE_DIR`."""

import json
import sys
from pathlib import Path

from ciam.embedded import CannotStart, Engines

if __name__ == "__main__":
    try:
        with Engines(Path(sys.argv[1]), durable=False, environment={}) as engines:
            pids = [engines.postgres_process.pid, engines.redis_process.pid]
            print(json.dumps({"url": engines.database_url, "pids": pids}), flush=True)
            sys.stdin.read()
    except CannotStart as reason:
        sys.exit(str(reason))
