"""Minutes of faults belong to `make faults` and `make test-long`: the gate is for every commit."""

import os

collect_ignore = [] if os.environ.get("CIAM_LONG") else ["test_faults.py"]
