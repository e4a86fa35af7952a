"""EXPLAIN of a statement or, where it only calls a function of ours, of what that function asks."""

import re

from django.db.backends.utils import CursorWrapper

CALL = re.compile(r"\bFROM (provisioning_members_seen)\((.*)\)\s*$", re.DOTALL)
ASKED = re.compile(r"RETURN QUERY (SELECT\b.*);\s*END", re.DOTALL)
FUNCTION = """
SELECT proargnames[:pronargs],
  (SELECT string_agg(type::regtype::text, ', ') FROM unnest(proargtypes) AS type), prosrc
FROM pg_proc WHERE proname = %s
"""


def explained(cursor: CursorWrapper, statement: str, how: str = "") -> str:
    """The plan of a statement that has its values in it. `how`: options of EXPLAIN, in parentheses."""
    match = CALL.search(statement)
    if match is None:
        return _plan(cursor, f"EXPLAIN {how} {statement}")
    name, said = match.groups()
    cursor.execute(FUNCTION, [name])
    names, types, source = cursor.fetchone()
    asked = ASKED.search(source)
    assert asked is not None, source
    body = asked[1]
    for number, argument in enumerate(names, 1):
        body = re.sub(rf"\b{argument}\b", f"${number}", body)
    # The same plan that the function keeps.
    cursor.execute("SET plan_cache_mode = force_generic_plan")
    cursor.execute(f"PREPARE asked ({types}) AS {body}")
    plan = _plan(cursor, f"EXPLAIN {how} EXECUTE asked({said})")
    cursor.execute("DEALLOCATE asked")
    cursor.execute("RESET plan_cache_mode")
    return plan


def _plan(cursor: CursorWrapper, statement: str) -> str:
    cursor.execute(statement)
    return "\n".join(line for (line,) in cursor.fetchall())
