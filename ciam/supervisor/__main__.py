"""`python -m ciam.supervisor`: what `make run` runs. Its variables: `ports.py`, `plan.py` and the README."""

import os
import sys
import time

from ciam.embedded import CannotStart
from ciam.supervisor.plan import Plan, demo_plan
from ciam.supervisor.running import run


def main() -> int:
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    began = time.monotonic()
    try:
        return run(demo_plan(os.environ), lambda plan: announcement(plan, time.monotonic() - began))
    except CannotStart as reason:
        print(f"ciam: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # so early that nothing was started
        return 0


def announcement(plan: Plan, seconds: float) -> str:
    ports = (plan.ports.site, plan.ports.shop, plan.ports.sandbox)
    site, shop, sandbox = (f"http://localhost:{port}" for port in ports)
    return "\n".join(
        [
            f"  ready after {seconds:.0f} s",
            "",
            f"  start here      {shop}",
            f"  sign-in         {site}",
            f"  operators       {site}/admin/ (e-mail, password and TOTP secret: {plan.var / 'demo.json'})",
            f"  mail            {site}/dev/mail/",
            f"  vendor sandbox  {sandbox}",
            "",
            "  Ctrl-C ends all of it.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
