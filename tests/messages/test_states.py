"""Every verdict and credit is described in each language without an internal name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from goodword.domain.contact import Contact
from goodword.domain.credits.credit import STATUSES, Credit, CreditKind, Pending, make_reversal
from goodword.domain.money import Money
from goodword.domain.programs.criterion import Answer
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import COMPANY_OR_DEAL_TAKEN, MilestoneState, Referral
from goodword.messages.sentence import Sentence
from goodword.messages.verdict import closing_sentence, credit_sentence, verdict
from goodword.messages.why import why_unpaid
from goodword.pages.render import render_sentence
from tests.credits import altered
from tests.messages.test_vocabulary import LOCALES, NOT_FOR_PEOPLE, texts_of, translated

AT = datetime(2027, 3, 17, 9, tzinfo=UTC)
PAT = Contact("Pat", "pat@practice.example")
AHEAD = Reason("stage_not_reached", {"stage": "new", "needed": "demo_attended"})
REFERRAL = Referral("rf_1", "peers", 1, "ana", "cus_1", "link", PAT, AT, AT + timedelta(days=365))
CREDIT = Credit(
    *(
        "cr_1",
        "peers",
        1,
        "first_demo",
        "rf_1",
        "cus_1",
        "ana",
        Money(4500, "EUR"),
        Pending(),
        AT,
        AT,
    ),
)
LOST = Reason("deal_at_stage", {"stage": "demo_attended"})
HELD = (Reason("flagged", {"flags": (Reason("same_phone"),)}), Reason("account_currency_unknown"))


@pytest.fixture
def named(program):
    """Give a program whose file made up a milestone's name."""
    (milestone,) = program.milestones
    return replace(program, milestones=(replace(milestone, milestone="first_demo"),))


def assert_for_people(sentences: list[Sentence], locale: str) -> None:
    for sentence in sentences:
        said = render_sentence(sentence, locale, AT.date())
        assert said.strip()
        assert NOT_FOR_PEOPLE.findall(said) == []
        if locale != "en":
            assert set(texts_of(sentence)) - translated(locale) == set()


def all_of(program, referral: Referral, credit: Credit | None) -> list[Sentence]:
    said = verdict(program, referral, "first_demo", credit, AT, currency="EUR", earns="yes")
    known = {} if credit is None else {credit.credit: credit}
    return [
        said.for_referrer,
        said.for_rep,
        said.for_finance,
        why_unpaid(program, referral, known, AT),
    ]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("cause", ["", "refund", "not_met"])
@pytest.mark.parametrize("kind", get_args(CreditKind))
@pytest.mark.parametrize("status", STATUSES)
def test_a_credit_is_described_to_every_audience_without_internal_names(
    named, status, kind, cause, locale
):
    row = CREDIT if kind == "credit" else make_reversal(CREDIT, LOST, AT, review=False, cause=cause)
    needs = {"held": {"reasons": HELD}, "canceled": {"cause": cause}, "reversed": {"cause": cause}}
    credit = altered(row, status, **needs.get(status, {}))
    state = MilestoneState("first_demo", "met", (AHEAD,), credit="cr_1")
    said = all_of(named, replace(REFERRAL, milestones=(state,)), credit)
    assert_for_people([*said, credit_sentence(named, credit, AT)], locale)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("refused", [None, COMPANY_OR_DEAL_TAKEN])
@pytest.mark.parametrize("closed", [None, Reason("closed_time_over", {"count": 365})])
@pytest.mark.parametrize("answer", get_args(Answer))
def test_a_verdict_is_described_to_every_audience_without_internal_names(
    named, answer, closed, refused, locale
):
    state = MilestoneState("first_demo", answer, (AHEAD,), AT, refused=refused)
    referral = replace(REFERRAL, open=closed is None, closed_because=closed, milestones=(state,))
    assert_for_people([*all_of(named, referral, None), closing_sentence(named, referral)], locale)
