"""What timeline and reasons say is known again, so that a page can say it in another language."""

import ast
from pathlib import Path

import pytest

from goodword.domain.money import Money
from goodword.domain.programs.criterion import MET_AFTER_CLOSED, days_over, met_after
from goodword.domain.referrals.referral import HELD_BY_ANOTHER
from goodword.domain.sentence import Sentence
from goodword.domain.told import _FORMS, known_again
from tests.steps.world import World

STEPS = Path(__file__).parents[2] / "layers/core/goodword/steps"
# What stands in a hole of an f-string, by how its expression ends.
SAMPLES = {
    "amount": "50.00 USD",
    "currency)}": "50.00 USD",
    "due_at": "2027-03-17",
    "stage": "demo_booked",
    "tries + 1": "3",
    "transaction": "cbtxn_1",
    "used_on": "1042",
    "milestone.milestone": "demo",
    "word": "not yet",
}


def sentences(name):
    """Return the sentences that a step puts on a timeline, with samples in their holes."""
    found = []
    for node in ast.walk(ast.parse(next(STEPS.rglob(f"{name}.py")).read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            text = "".join(_part(each) for each in node.values)
            if text.endswith(".") and "{" not in text and text[0].isalnum():
                found.append(text)
    return [each for each in found if " " in each]


def _part(node):
    if isinstance(node, ast.Constant):
        return str(node.value)
    written = ast.unparse(node)
    source = ast.unparse(node.value)
    return next((held for end, held in SAMPLES.items() if source.endswith(end) or end in written), "a reason")


STEPS_THAT_TELL = [
    "qualify_referral",
    "earn_credit",
    "follow_credit",
    "post_credit",
    "make_referral",
    "mark_used",
]


@pytest.mark.parametrize("step", STEPS_THAT_TELL)
def test_every_sentence_that_a_step_writes_is_known_again(step):
    written = sentences(step)
    assert written, "nothing was found: look for another way to find them"
    unknown = [text for text in written if known_again(text).text not in _FORMS]
    assert unknown == []


# What stands in a hole of a criterion's reason.
OF_CRITERIA = {
    **{"part": "phone", "', '.join(self.parts)": "name, email, company", "self.attribute": "segment"},
    **{"known.value": "clinic", "size": "12", "progress.stage": "contacted", "self.stage": "won"},
    **{"value": "10.00 USD", "least": "20.00 USD", "value.currency": "USD", "self.days": "180"},
    "why": "new to us",
}


def reasons_of_criteria():
    """Return the reasons that criteria give, with samples in their holes."""
    for node in ast.walk(
        ast.parse((STEPS.parent / "domain/programs/criterion.py").read_text(encoding="utf-8"))
    ):
        if isinstance(node, ast.keyword) and node.arg == "reasons":
            for each in ast.walk(node.value):
                if isinstance(each, ast.JoinedStr):
                    parts = (
                        str(part.value)
                        if isinstance(part, ast.Constant)
                        else OF_CRITERIA[ast.unparse(part.value)]
                        for part in each.values
                    )
                    yield "".join(parts)


def test_every_reason_that_a_criterion_gives_is_known_again():
    late = [days_over(180), met_after(180), MET_AFTER_CLOSED]
    reasons = [*reasons_of_criteria(), *late]
    assert len(reasons) >= 15, "few were found: look for another way to find them"
    assert [text for text in reasons if known_again(text).text not in _FORMS] == []


@pytest.mark.parametrize(
    "said",
    [
        "HTTP 400",
        "HTTP 404, invalid_request_error, resource_missing, customer, request req_1",
        "HTTP 401, the secret key was refused, request req_1",
        "HTTP 403, the secret key was refused",
    ],
)
def test_what_stripe_refused_is_known_again(said):
    told = known_again(f"50.00 USD is held: Stripe answered {said}..").values["reasons"]
    assert told.text in _FORMS
    assert str(told) == f"Stripe answered {said}."


@pytest.mark.parametrize(
    "text",
    [
        "50.00 USD was earned and is held: the program is paused; the deal is lost.",
        "50.00 USD is taken back by a person: a refund; see 7; it is used up, and waits for approval",
        "demo: not yet: stage is contacted, not yet demo_attended.",
        "demo: never: stage is won, not yet x; 180 days are over.",
        "1,250.00 USD was posted as cbtxn_1.",
        "-50.00 USD is being posted (try 2).",
        "-50.00 USD is looked for at Stripe (try 2).",
        "value is 10.00 USD, less than 1000.00 USD",
        "company is missing",
    ],
)
def test_what_is_known_again_says_the_same_in_english(text):
    assert str(known_again(text)) == text


def test_amounts_days_and_numbers_are_read_as_such():
    told = known_again("50.00 USD was earned and is due on 2027-03-17.")
    assert told.values["amount"] == Money(5000, "USD")
    assert str(told) == "50.00 USD was earned and is due on 17 March 2027."


@pytest.mark.parametrize(
    "text", ["", "Somebody wrote this; and 100% of that.", "1.2.3 USD was used.", "%(amount)s is void: x"]
)
def test_what_is_none_of_ours_stays_as_it_is(text):
    assert str(known_again(text)) == text
    assert known_again(text).text not in _FORMS


def test_what_a_person_typed_is_nothing_that_is_looked_up():
    told = known_again("50.00 USD was made void by a person: the deal was lost")
    assert str(told.values["typed"]) == "the deal was lost"
    assert not isinstance(told.values["typed"], str | Sentence)


def test_the_whole_timeline_of_a_referral_is_known_again():
    world = World()
    world.program()
    world.customer()
    world.link()
    world.connection()
    referral = world.referral()
    for stage in ("contacted", "demo_booked", "demo_attended"):
        world.stage(stage)
    world.post(world.credit().credit)
    for stage in ("lost", "won"):
        world.stage(stage)
    world.post(world.credit("deal").credit)
    world.stage("lost")
    world.post(world.reversal("deal").credit)
    entries = world.timeline(referral)
    assert len(entries) > 8
    assert [each.sentence for each in entries if known_again(each.sentence).text not in _FORMS] == []


def test_a_reason_that_is_a_sentence_of_its_own_is_known_within_another():
    told = known_again(f"demo: met: {HELD_BY_ANOTHER}.")
    assert told.text == "%(name)s: met: %(reasons)s."
    assert told.values["reasons"] == Sentence(HELD_BY_ANOTHER)
