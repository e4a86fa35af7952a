"""PostgreSQL and Redis without installing them, for development, tests and the demo; not for production."""

from ciam.embedded.child import Child
from ciam.embedded.engines import Engines
from ciam.embedded.errors import CannotStart

__all__ = ["CannotStart", "Child", "Engines"]
