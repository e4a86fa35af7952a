"""What people see of the sandbox's providers: who they want to be there, and what it says of them."""

import json
from functools import cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from django.template import Context, Engine

from demo.sandbox.idp_realm import Realm
from demo.sandbox.shapes import JsonObject
from demo.sandbox.vendor import Answer, Call

CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {}"


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(Path(__file__).parent / "templates")], autoescape=True)


def page(template: str, form_action: str = "'none'", status: int = 200, **values: object) -> Answer:
    html = _engine().get_template(template).render(Context({"shop_url": "/", **values}))
    headers = {"Content-Security-Policy": CSP.format(form_action)}
    return Answer(status, raw=html.encode(), content_type="text/html; charset=utf-8", headers=headers)


def choose(name: str, realm: Realm, call: Call) -> Answer:
    """Links, since whoever asked for this may end at another site."""
    asked = [(key, value) for key, many in call.query.items() for value in many]
    people = [
        {
            "title": str(claims.get("name") or key),
            "email": str(claims.get("email") or "no address"),
            "href": f"/idp{call.path}?{urlencode([*asked, ('person', key)])}",
        }
        for key, claims in realm.people().items()
    ]
    turn_back = f"/idp{call.path}?{urlencode([*asked, ('person', '')])}"
    return page("idp_choose.html", name=name, people=people, turn_back=turn_back)


def by_form(address: str, said: dict[str, str]) -> Answer:
    """OAuth 2.0 Form Post Response Mode. A button, where others have a script."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
    fields = [{"name": name, "value": value} for name, value in said.items()]
    return page("idp_form_post.html", origin, address=address, fields=fields)


def control(name: str, settings: JsonObject, message: str = "") -> Answer:
    text = json.dumps(settings, indent=2)
    return page("idp_control.html", "'self'", 400 if message else 200, name=name, text=text, message=message)
