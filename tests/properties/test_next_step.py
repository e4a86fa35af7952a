"""Every sign-in ends, what it ends with is enough, and a stricter need never removes work."""

import datetime as dt
import os
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from auth_flows.assurance import SECOND, Factor, Method, Proof, factors, kinds, level
from auth_flows.facts import Facts, Person, begins, counted, missing
from auth_flows.journey import STEPS, next_step
from auth_flows.models import Intent
from auth_flows.requirement import Need
from auth_flows.steps.agreements import Agreements
from auth_flows.steps.base import ProofStep, Step
from auth_flows.steps.choose_password import ChoosePassword
from auth_flows.steps.enrol import Enrol
from auth_flows.steps.identify import Identify
from auth_flows.steps.password import Password
from auth_flows.steps.profile import Profile
from auth_flows.steps.refused import Refused
from auth_flows.steps.write_down import WriteDown

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)

proofs = st.builds(
    Proof,
    st.sampled_from(Method),
    st.integers(0, 7_200).map(lambda seconds: NOW - dt.timedelta(seconds=seconds)),
)


@st.composite
def persons(draw: st.DrawFn) -> Person:
    """Recovery codes come and go with a second factor. A proven number may be one, or only a way in."""
    held = draw(st.frozensets(st.sampled_from(Method)))
    second = held & (SECOND - draw(st.sampled_from([frozenset(), frozenset({Method.SMS_CODE})])))
    full = draw(st.booleans())
    if not second or not full:
        held -= {Method.RECOVERY_CODE}
    return Person(full, draw(st.booleans()), held, second if full else frozenset())


needs = st.builds(
    Need,
    level=st.sampled_from([1, 2, 3]),
    kinds=st.sampled_from([1, 2]),
    fresh_after=st.none() | st.integers(0, 3_600).map(lambda s: NOW - dt.timedelta(seconds=s)),
)


@st.composite
def situations(draw: st.DrawFn) -> Facts:
    """Whatever a sign-in can look like. A person is known only once something was proven."""
    proven = tuple(draw(st.lists(proofs, max_size=3)))
    return Facts(
        intent=draw(st.sampled_from(Intent)),
        operator=draw(st.booleans()),
        identifier=draw(st.booleans()) or bool(proven),
        by_phone=draw(st.booleans()),
        person=draw(st.none() | persons()) if proven else None,
        proofs=proven,
        way=draw(st.none() | st.sampled_from(Method)),
        profile_answered=draw(st.booleans()),
        credential_chosen=draw(st.booleans()),
        trusted=draw(st.booleans()),
        codes_to_write=draw(st.booleans()),
        agreements_open=draw(st.booleans()),
    )


def answered(facts: Facts, step: type[Step]) -> Facts:
    """The facts after somebody has answered the page well."""
    done: dict[type[Step], dict[str, bool]] = {
        Identify: {"identifier": True},
        Profile: {"profile_answered": True},
        WriteDown: {"codes_to_write": False},
        Agreements: {"agreements_open": False},
    }
    if step is ChoosePassword:
        return replace(facts, credential_chosen=True, proofs=(*facts.proofs, Proof(Method.PASSWORD, NOW)))
    if step is Enrol:
        return replace(facts, codes_to_write=True, proofs=(*facts.proofs, Proof(Method.TOTP, NOW)))
    if step in done:
        return replace(facts, **done[step])  # type: ignore[arg-type]
    assert issubclass(step, ProofStep)
    return replace(facts, proofs=(*facts.proofs, Proof(step.method, NOW)), way=None)


def pages_of(facts: Facts, need: Need) -> list[type[Step]]:
    """The pages from here to the end, or to a refusal."""
    shown: list[type[Step]] = []
    while (step := next_step(facts, need)) not in {None, Refused}:
        assert step is not None
        assert len(shown) < len(STEPS), f"goes round in circles: {shown}"
        shown.append(step)
        facts = answered(facts, step)
    return [*shown, Refused] if next_step(facts, need) else shown


def walked(facts: Facts, need: Need) -> tuple[type[Step] | None, Facts]:
    """Where it ends, and with what."""
    for _page in STEPS:
        step = next_step(facts, need)
        if step in {None, Refused}:
            return step, facts
        assert step is not None
        assert step is not Enrol or not (facts.operator or (facts.person and facts.person.second))
        facts = answered(facts, step)
    return next_step(facts, need), facts


LONG = bool(os.environ.get("CIAM_LONG"))
many = settings(max_examples=10_000 if LONG else 300)


@many
@given(situations(), needs)
def test_every_sign_in_ends_and_shows_no_page_twice(facts: Facts, need: Need) -> None:
    shown = pages_of(facts, need)

    assert len(shown) == len(set(shown))


@many
@given(situations(), needs)
def test_a_finished_sign_in_has_proven_what_was_needed(facts: Facts, need: Need) -> None:
    step, facts = walked(facts, need)

    if step is None:
        assert level(counted(facts, need)) >= need.level
        assert facts.person is None or facts.person.active
        assert not missing(facts, need)


@many
@given(situations(), needs)
def test_nobody_gets_past_their_own_second_factor(facts: Facts, need: Need) -> None:
    """Neither by another one set up on the way, nor by a code that is sent for one that is held."""
    step, facts = walked(facts, need)

    if step is None and facts.person and facts.person.second and not (facts.trusted and need.level < 2):
        proven = factors(counted(facts, need))
        assert Factor.HAS in proven or Method.TOTP not in facts.person.second
        assert Factor.HAS in proven or (Factor.PHONE in proven and kinds(proven) > 1)


@many
@given(situations(), needs)
def test_what_is_set_up_on_the_way_comes_after_all_that_the_person_has(facts: Facts, need: Need) -> None:
    wanted = begins(facts, need)

    if wanted and facts.person:
        assert wanted not in facts.person.methods
        assert not any(m.factors & missing(facts, need) for m in facts.person.methods - {Method.SMS_CODE})


@many
@given(situations(), needs, needs)
def test_a_stricter_need_never_removes_work(facts: Facts, need: Need, more: Need) -> None:
    stricter = need | more

    lax, strict = pages_of(facts, need), pages_of(facts, stricter)

    assert Refused in strict or set(lax) <= set(strict)


@given(needs, needs, needs)
def test_needs_add_up_in_any_order(one: Need, two: Need, three: Need) -> None:
    assert (one | two) | three == one | (two | three)
    assert one | two == two | one
    assert one | one == one


def test_a_mailbox_and_a_device_do_not_go_round_in_circles() -> None:
    held = frozenset({Method.PASSWORD, Method.EMAIL_CODE, Method.TOTP})
    person = Person(full=True, active=True, methods=held)
    facts = Facts(
        identifier=True, person=person, proofs=(Proof(Method.EMAIL_CODE, NOW), Proof(Method.TOTP, NOW))
    )

    assert next_step(facts, Need(level=2)) is Password
