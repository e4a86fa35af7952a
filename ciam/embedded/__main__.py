"""`python -m ciam.embedded exec -- COMMAND ...`: run a command with engines that last as long as it does."""

import os
import signal
import subprocess
import sys

from ciam.embedded.engines import Engines
from ciam.embedded.errors import CannotStart
from ciam.embedded.state import scratch_folder


def main(arguments: list[str]) -> int:
    if arguments[:2] != ["exec", "--"] or not arguments[2:]:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with scratch_folder() as folder, Engines(folder, durable=False) as engines:
            urls = {"DATABASE_URL": engines.database_url, "REDIS_URL": engines.redis_url}
            command = arguments[2:]
            return subprocess.run(command, env=os.environ | urls, check=False).returncode  # noqa: S603
    except CannotStart as reason:
        print(f"ciam: {reason}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
