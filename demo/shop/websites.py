"""The two websites that this program serves: one brand's at the root, another brand's below `/teehaus`.

Each has its own look, its own cookies and its own token for the CIAM; neither knows of the other's visitors.
"""

from collections.abc import Mapping
from dataclasses import dataclass


# By identity: each is one of a kind, and a key for what is kept for it.
@dataclass(frozen=True, eq=False)
class Website:
    name: str
    source: str
    """Where we met, as the CIAM is told."""
    interests: Mapping[str, str]
    """What the forms offer: the value that is kept, and its label."""
    navigation: Mapping[str, str]
    texts: Mapping[str, str]
    look: str
    """The name of its icon and of its style sheet."""
    sign: str
    """The template of the picture beside its name."""
    prefix: str = ""
    has_rooms: bool = False
    """Whether customers sign in here."""

    @property
    def home(self) -> str:
        return f"{self.prefix}/"

    @property
    def browser_cookie(self) -> str:
        return self._cookie("browser")

    @property
    def visitor_cookie(self) -> str:
        return self._cookie("visitor")

    @property
    def record_cookie(self) -> str:
        return self._cookie("record")

    def at(self, path: str) -> str:
        return f"{self.prefix}{path}"

    def _cookie(self, what: str) -> str:
        # `__Host-` wants the whole host as path, so the name alone keeps the two apart.
        return f"__Host-{self.prefix.strip('/') or 'shop'}-{what}"


KAFFEEHAUS = Website(
    name="Kaffeehaus",
    source="catalogue",
    interests={
        "espresso": "Espresso",
        "filter": "Filter coffee",
        "decaf": "Decaf",
        "brewing gear": "Grinders and brewing gear",
    },
    navigation={
        "/catalogue": "Catalogue",
        "/interests": "Interests",
        "/known": "What we know",
        "/orders": "Orders",
        "/rewards": "Rewards",
    },
    texts={
        "ask": "Ask for the catalogue",
        "about": "Forty pages about beans, roasts and water. Tell us where to send it.",
        "promise": "The catalogue doesn't depend on it.",
        "thanks": "In a real shop, the catalogue would now be on its way to you.",
    },
    look="kaffeehaus",
    sign="cup.html",
    has_rooms=True,
)
TEEHAUS = Website(
    name="Teehaus",
    source="tea list",
    interests={
        "green tea": "Green tea",
        "black tea": "Black tea",
        "herbal": "Herbs and rooibos",
        "teapots": "Pots and cups",
    },
    navigation={
        "/teehaus/catalogue": "Tea list",
        "/teehaus/interests": "Interests",
        "/teehaus/known": "What we know",
    },
    texts={
        "ask": "Ask for the tea list",
        "about": "Twelve gardens, from first flush to autumn. Tell us where to send it.",
        "promise": "The tea list doesn't depend on it.",
        "thanks": "In a real shop, the tea list would now be on its way to you.",
    },
    look="teehaus",
    sign="leaf.html",
    prefix="/teehaus",
)
WEBSITES = (KAFFEEHAUS, TEEHAUS)


def website_at(path: str) -> Website:
    return TEEHAUS if f"{path}/".startswith(TEEHAUS.home) else KAFFEEHAUS
