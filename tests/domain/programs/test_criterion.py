"""Criteria: each answers from the evidence alone, and says why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.days import last_moment
from goodword.domain.money import Money
from goodword.domain.programs.criterion import (
    AllOf,
    AnyOf,
    AttributeIn,
    CompanySize,
    ContactGiven,
    Evidence,
    Finding,
    Known,
    MinimumValue,
    NewCustomer,
    Not,
    StageReached,
    Within,
    ran_out,
)
from goodword.domain.reason import Reason
from goodword.domain.stage import Progress, StageRun
from tests.vocabulary import check_record

MADE = datetime(2027, 3, 1, 9, tzinfo=UTC)
LATER = MADE + timedelta(days=3)
NOW = MADE + timedelta(days=5)
EVIDENCE = Evidence(MADE, NOW)


def because(code, **args):
    reason = Reason(code, args)
    check_record(reason)
    return (reason,)


def known(**values):
    attributes = {name: Known(value, ((LATER, value),)) for name, value in values.items()}
    return replace(EVIDENCE, attributes=attributes)


def at_stage(stage, **first):
    runs = [StageRun(name, MADE + timedelta(days=day)) for name, day in first.items()]
    assert (runs[-1].stage if runs else "new") == stage
    return replace(EVIDENCE, progress=Progress(tuple(runs)))


class Said:
    """A criterion with a given answer."""

    def __init__(self, answer, since=MADE, by=None, reason="pitch"):
        self.finding = Finding(
            answer,
            since if answer == "met" else None,
            by,
            because("attribute_is", attribute=reason, value=answer),
        )

    def judge(self, evidence):
        return self.finding


# --- contact, attributes, size --------------------------------------------------------------------


def test_parts_of_a_contact_are_there_or_missing():
    given = replace(EVIDENCE, contact=frozenset({"name", "email"}))
    assert ContactGiven(("name", "email")).judge(given) == Finding(
        "met", reasons=because("contact_given", fields=("name", "email"))
    )
    assert ContactGiven(("phone", "name", "company")).judge(given) == Finding(
        "not_yet",
        reasons=because("contact_missing", field="phone")
        + because("contact_missing", field="company"),
    )


@pytest.mark.parametrize("attribute", ["segment", "region", "product"])
def test_an_attribute_is_met_not_met_or_unknown(attribute):
    criterion = AttributeIn(attribute, ("a", "b"))
    met, other = (because("attribute_is", attribute=attribute, value=each) for each in ("b", "c"))
    unknown = because("attribute_unknown", attribute=attribute)
    assert criterion.judge(known(**{attribute: "b"})) == Finding("met", LATER, None, met)
    assert criterion.judge(known(**{attribute: "c"})) == Finding("not_met", LATER, None, other)
    assert criterion.judge(EVIDENCE) == Finding("not_yet", reasons=unknown)


def test_what_the_prospect_said_is_met_from_the_start():
    evidence = replace(EVIDENCE, attributes={"segment": Known("a")})
    finding = AttributeIn("segment", ("a",)).judge(evidence)
    assert (finding.answer, finding.since) == ("met", None)


def test_a_value_of_the_crm_stays_one_reason():
    finding = AttributeIn("segment", ("a",)).judge(known(segment="north; not: won"))
    assert finding.reasons == because("attribute_is", attribute="segment", value="north; not: won")


@pytest.mark.parametrize(
    ("size", "answer"),
    [
        ("1", "not_met"),
        ("2", "met"),
        ("20", "met"),
        ("21", "not_met"),
        ("12.0", "not_yet"),
        ("-3", "not_yet"),
        ("many", "not_yet"),
        ("", "not_yet"),
    ],
)
def test_a_company_has_so_many_people(size, answer):
    assert CompanySize(2, 20).judge(known(company_size=size)).answer == answer


def test_an_unknown_company_size_and_one_without_a_maximum():
    assert CompanySize().judge(EVIDENCE) == Finding(
        "not_yet", reasons=because("attribute_unknown", attribute="company_size")
    )
    assert CompanySize().judge(known(company_size="900000")).since == LATER


def test_a_company_size_of_very_many_digits_is_no_size():
    assert CompanySize().judge(known(company_size="9" * 5000)).answer == "not_yet"


# --- stage ----------------------------------------------------------------------------------------


AHEAD, REACHED = "stage_not_reached", "stage_reached"


@pytest.mark.parametrize(
    ("stage", "first", "undone_by", "answer", "code"),
    [
        ("new", {}, (), "not_yet", AHEAD),
        ("demo_booked", {"demo_booked": 1}, (), "not_yet", AHEAD),
        ("demo_attended", {"demo_attended": 1}, (), "met", REACHED),
        ("won", {"won": 1}, (), "met", REACHED),
        ("lost", {"demo_attended": 1, "lost": 2}, (), "met", REACHED),
        ("lost", {"demo_attended": 1, "lost": 2}, ("lost",), "not_met", "stage_is"),
        ("refunded", {"won": 1, "refunded": 2}, ("lost",), "met", REACHED),
        ("lost", {"lost": 2}, (), "not_yet", AHEAD),
        ("contacted", {"demo_attended": 1, "contacted": 2}, (), "not_yet", "stage_went_back"),
    ],
)
def test_a_stage_is_reached_or_not(stage, first, undone_by, answer, code):
    finding = StageReached("demo_attended", undone_by).judge(at_stage(stage, **first))
    args = {"stage": "demo_attended" if code == REACHED else stage}
    if code == AHEAD:
        args["needed"] = "demo_attended"
    assert (finding.answer, finding.reasons) == (answer, because(code, **args))
    assert finding.since == {
        "met": MADE + timedelta(days=1),
        "not_met": at_stage(stage, **first).progress.since,
    }.get(answer)


# --- value, new to us -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "answer", "reasons"),
    [
        (None, "not_yet", because("value_unknown")),
        (Money(10000, "USD"), "met", because("value_is", amount=Money(10000, "USD"))),
        (
            Money(9999, "USD"),
            "not_met",
            because("value_below_minimum", amount=Money(9999, "USD"), minimum=Money(10000, "USD")),
        ),
        (Money(9000, "EUR"), "met", because("value_is", amount=Money(9000, "EUR"))),
        (Money(10**6, "JPY"), "not_met", because("no_minimum_for_currency", currency="JPY")),
    ],
)
def test_a_deal_is_worth_enough_in_its_own_currency(value, answer, reasons):
    criterion = MinimumValue((Money(10000, "USD"), Money(9000, "EUR")))
    finding = criterion.judge(replace(EVIDENCE, amounts=((LATER, value),)))
    assert (finding.answer, finding.reasons) == (answer, reasons)
    below = because("value_below_minimum")[0].code
    is_known = answer == "met" or [each.code for each in reasons] == [below]
    assert finding.since == (LATER if is_known else None)


@pytest.mark.parametrize("said", ["true", "True", "YES", "1"])
def test_who_is_a_referrer_already_is_never_new(said):
    assert NewCustomer().judge(known(existing_customer=said)) == Finding(
        "never", reasons=because("already_customer")
    )


def test_who_became_a_referrer_with_the_deal_was_new():
    won = Progress((StageRun("won", LATER),))
    evidence = replace(known(existing_customer="true"), progress=won)
    assert NewCustomer().judge(evidence).answer == "met"
    before = Known("true", ((LATER - timedelta(days=2), "true"),))
    earlier = replace(evidence, attributes={"existing_customer": before})
    assert NewCustomer().judge(earlier).answer == "never"


@pytest.mark.parametrize(
    ("criterion", "name", "values"),
    [
        (AttributeIn("segment", ("a", "b")), "segment", ("x", "a", "b")),
        (CompanySize(50, 99), "company_size", ("10", "60", "70")),
        (CompanySize(50), "company_size", ("some", "60", "70")),
    ],
)
def test_a_value_fits_since_the_first_of_those_that_fit(criterion, name, values):
    runs = tuple((MADE + timedelta(days=day), value) for day, value in enumerate(values))
    evidence = replace(EVIDENCE, attributes={name: Known(values[-1], runs)})
    assert criterion.judge(evidence).since == MADE + timedelta(days=1)
    assert Within(2, criterion).judge(evidence).answer == "met"


def worth(*amounts, **more):
    runs = tuple((MADE + timedelta(days=day), amount) for day, amount in enumerate(amounts))
    return replace(EVIDENCE, amounts=runs, **more)


@pytest.mark.parametrize(
    ("amounts", "days"),
    [((50, 100, 200), 1), ((100, 50, 100), 2), ((100, None, 200), 2)],
)
def test_a_deal_is_worth_enough_since_the_last_break(amounts, days):
    evidence = worth(*(None if each is None else Money(each, "USD") for each in amounts))
    finding = MinimumValue((Money(100, "USD"),)).judge(evidence)
    assert (finding.answer, finding.since) == ("met", MADE + timedelta(days=days))


@pytest.mark.parametrize(
    ("other", "answer"),
    [
        ((MADE + timedelta(days=1), Money(60, "USD")), "met"),
        ((MADE - timedelta(days=9), Money(60, "USD")), "not_met"),
        ((MADE + timedelta(days=1), Money(60, "EUR")), "not_met"),
        ((MADE + timedelta(days=1), Money(59, "USD")), "not_met"),
        ((MADE + timedelta(days=4), Money(60, "USD")), "not_met"),
    ],
)
def test_other_won_deals_count_within_the_days_of_a_sum(other, answer):
    won = Progress((StageRun("won", MADE + timedelta(days=3)),))
    evidence = worth(Money(40, "USD"), progress=won, others=(other,))
    criterion = MinimumValue((Money(100, "USD"),), sum_days=9)
    finding = criterion.judge(evidence)
    assert finding.answer == answer
    assert finding.since == (other[0] if answer == "met" else evidence.amounts[0][0])
    assert MinimumValue((Money(100, "USD"),)).judge(evidence).answer == "not_met"


@pytest.mark.parametrize(
    "evidence", [EVIDENCE, known(existing_customer="false"), known(existing_customer="")]
)
def test_silence_counts_as_new(evidence):
    assert NewCustomer().judge(evidence) == Finding("met", reasons=because("new_customer"))


# --- within ---------------------------------------------------------------------------------------

BY = last_moment(MADE, 4, UTC)


def within(inner, now):
    return Within(4, inner).judge(replace(EVIDENCE, now=now))


@pytest.mark.parametrize("answer", ["met", "not_met", "not_yet", "never"])
def test_in_its_time_a_criterion_answers_as_it_does_without(answer):
    assert within(Said(answer), BY) == replace(Said(answer).finding, by=BY)


@pytest.mark.parametrize(("since", "answer"), [(BY, "met"), (BY + timedelta(seconds=1), "never")])
def test_met_in_time_stays_met_and_later_never_counts(since, answer):
    finding = within(Said("met", since), NOW)
    assert (finding.answer, finding.by) == (answer, BY)
    if answer == "never":
        assert finding.reasons == because("met_too_late", count=4)


@pytest.mark.parametrize("answer", ["not_met", "not_yet"])
def test_after_its_days_an_unmet_criterion_is_never_met(answer):
    finding = within(Said(answer), BY + timedelta(seconds=1))
    why = Said(answer).finding.reasons + because("time_over", count=4)
    assert finding == Finding("never", None, BY, why)


def test_reasons_of_time_are_reported_from_those_of_the_terms():
    late = [
        Reason("met_after_closing"),
        *within(Said("met", NOW), NOW).reasons,
        *within(Said("not_yet"), NOW).reasons,
    ]
    assert [ran_out(reason) for reason in late] == [True, True, False, True]


def test_never_stays_never():
    assert within(Said("never"), NOW).reasons == Said("never").finding.reasons


# --- all, any, not --------------------------------------------------------------------------------

MET, NOT_MET, NOT_YET, NEVER = "met", "not_met", "not_yet", "never"


@pytest.mark.parametrize(
    ("one", "other", "all_", "any_"),
    [
        (MET, MET, MET, MET),
        (MET, NOT_MET, NOT_MET, MET),
        (MET, NOT_YET, NOT_YET, MET),
        (MET, NEVER, NEVER, MET),
        (NOT_MET, NOT_MET, NOT_MET, NOT_MET),
        (NOT_MET, NOT_YET, NOT_MET, NOT_YET),
        (NOT_MET, NEVER, NEVER, NOT_MET),
        (NOT_YET, NOT_YET, NOT_YET, NOT_YET),
        (NOT_YET, NEVER, NEVER, NOT_YET),
        (NEVER, NEVER, NEVER, NEVER),
    ],
)
def test_all_and_any_by_their_tables(one, other, all_, any_):
    for pair in ((one, other), (other, one)):
        criteria = tuple(Said(answer) for answer in pair)
        assert AllOf(criteria).judge(EVIDENCE).answer == all_
        assert AnyOf(criteria).judge(EVIDENCE).answer == any_


def test_not_is_met_since_the_criterion_stopped_fitting():
    runs = ((MADE, "a"), (MADE + timedelta(days=9), "b"))
    evidence = replace(EVIDENCE, attributes={"segment": Known("b", runs)})
    criterion = Not(AttributeIn("segment", ("a",)))
    assert criterion.judge(evidence).since == MADE + timedelta(days=9)
    assert Within(8, criterion).judge(evidence).answer == "never"
    assert Within(9, criterion).judge(evidence).answer == "met"


def test_all_and_any_know_since_when_they_are_not_met():
    evidence = replace(
        EVIDENCE,
        attributes={
            "segment": Known("b", ((MADE, "b"),)),
            "region": Known("b", ((MADE + timedelta(days=2), "b"),)),
        },
    )
    both = tuple(AttributeIn(name, ("a",)) for name in ("segment", "region"))
    assert AllOf(both).judge(evidence).since == MADE
    assert AnyOf(both).judge(evidence).since == MADE + timedelta(days=2)


@pytest.mark.parametrize(
    ("inner", "outer"), [(MET, NOT_MET), (NOT_MET, MET), (NOT_YET, NOT_YET), (NEVER, MET)]
)
def test_not_turns_what_is_known_and_leaves_what_is_not(inner, outer):
    finding = Not(Said(inner)).judge(EVIDENCE)
    assert finding.answer == outer
    assert finding.reasons == because("negated", reason=Said(inner).finding.reasons[0])
    assert finding.since is None


def test_what_is_met_from_the_start_is_met_first():
    start, later = Said(MET, None), Said(MET, LATER)
    assert AllOf((start, later)).judge(EVIDENCE).since == LATER
    assert AllOf((start, start)).judge(EVIDENCE).since is None
    assert AnyOf((start, later)).judge(EVIDENCE).since is None


def test_all_is_met_by_the_last_any_by_the_first():
    criteria = (Said(MET, MADE), Said(MET, LATER))
    assert AllOf(criteria).judge(EVIDENCE).since == LATER
    assert AnyOf(criteria).judge(EVIDENCE).since == MADE


def test_only_the_reasons_that_decide_are_reported():
    criteria = (Said(MET, reason="a"), Said(NOT_YET, reason="b"), Said(NOT_YET, reason="c"))
    assert AllOf(criteria).judge(EVIDENCE).reasons == tuple(
        each.finding.reasons[0] for each in criteria[1:]
    )
    assert AnyOf(criteria).judge(EVIDENCE).reasons == criteria[0].finding.reasons


def test_all_can_be_met_until_its_first_open_limit():
    criteria = (Said(NOT_YET, by=BY), Said(NOT_YET, by=NOW), Said(NOT_YET))
    assert AllOf(criteria).judge(EVIDENCE).by == BY
    assert AllOf((Said(NOT_YET),)).judge(EVIDENCE).by is None


def test_what_is_met_already_sets_no_limit_any_more():
    assert AllOf((Said(MET, by=BY), Said(NOT_YET, by=NOW))).judge(EVIDENCE).by == NOW


@pytest.mark.parametrize(("by", "until"), [((BY, NOW), NOW), ((BY, None), None)])
def test_any_can_be_met_until_the_last_limit(by, until):
    assert AnyOf(tuple(Said(NOT_YET, by=each) for each in by)).judge(EVIDENCE).by == until
