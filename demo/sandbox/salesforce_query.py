"""The part of SOQL that the connector speaks: SELECT fields FROM object WHERE field IN (texts).

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_sosl_intro.htm
"""

import re

from demo.sandbox.salesforce_errors import SalesforceError
from demo.sandbox.salesforce_objects import sobject
from demo.sandbox.salesforce_records import Records
from demo.sandbox.vendor import Answer, Call

TEXT = r"'(?:[^'\\]|\\.)*'"
WHERE = rf"(?P<field>\w+) (?:= ?(?P<one>{TEXT})|IN \((?P<many>{TEXT}(?:, ?{TEXT})*)\))"
QUERY = re.compile(
    r"SELECT (?P<fields>\w+(?:, ?\w+)*) FROM (?P<sobject>\w+)(?: WHERE "  # noqa: S608
    + WHERE
    + r")?(?: LIMIT (?P<limit>\d{1,4}))?",
    re.IGNORECASE | re.DOTALL,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


def query(records: Records, call: Call) -> Answer:
    said = QUERY.fullmatch((call.asked("q") or "").strip())
    if said is None:
        raise SalesforceError(400, "MALFORMED_QUERY", "unexpected token")
    kind = sobject(said["sobject"])
    names = re.split(", ?", said["fields"])
    for name in names:
        kind.field(name)
    found = records.all_of(kind)
    if said["field"]:
        field = kind.field(said["field"])
        wanted = {_unescaped(text) for text in re.findall(TEXT, said["many"] or said["one"], re.DOTALL)}
        if not field.external:
            # SOQL compares texts without regard to case, but in fields made case-sensitive.
            wanted = {text.lower() for text in wanted}
            found = [one for one in found if one.text(field.name).lower() in wanted]
        else:
            found = [one for one in found if one.text(field.name) in wanted]
    found = found[: int(said["limit"] or 2_000)]
    shown = [one.as_json(names, call.path_values["version"]) for one in found]
    return Answer(200, {"totalSize": len(shown), "done": True, "records": [*shown]})


def _unescaped(literal: str) -> str:
    def meant(match: re.Match[str]) -> str:
        try:
            return ESCAPES[match[1]]
        except KeyError:
            raise SalesforceError(400, "MALFORMED_QUERY", f"Illegal escape \\{match[1]}") from None

    return re.sub(r"\\(.)", meant, literal[1:-1], flags=re.DOTALL)
