from tests.bringing import idps, sandbox

__all__ = ["idps", "sandbox"]
