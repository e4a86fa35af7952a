"""A supervisor over small programs: `python -m tests.running.dummy_site VAR PORT PROGRAM...`.

Each PROGRAM is Python source, and so is PREPARATION in the environment. Beside them a web server answers
on PORT.
"""

import os
import sys
from pathlib import Path

from ciam.embedded import CannotStart
from ciam.supervisor import running
from ciam.supervisor.plan import Plan, Program
from ciam.supervisor.ports import Ports
from tests.running.processes import CHECKOUT

PORT = int(sys.argv[2])
SITE = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def program(name: str, source: str, *, asked: bool = False) -> Program:
    argv = (sys.executable, "-c", source, str(PORT))
    return Program(name, argv, answers=(PORT, "/") if asked else None)


if __name__ == "__main__":
    running.PROGRAMS_GRACE_S = 1.0
    plan = Plan(
        checkout=CHECKOUT,
        var=Path(sys.argv[1]),
        ports=Ports(PORT, PORT + 1, PORT + 2),
        preparations=(program("prepare", os.environ.get("PREPARATION", "print('prepared')")),),
        programs=(
            program("web", SITE, asked=True),
            *(program(f"part{number}", source) for number, source in enumerate(sys.argv[3:], 1)),
        ),
    )
    try:
        sys.exit(running.run(plan, lambda _: "ready"))
    except CannotStart as reason:
        print(f"ciam: {reason}")
        sys.exit(1)
