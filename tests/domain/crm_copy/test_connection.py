"""A connection: what a CRM's properties mean here."""

from datetime import UTC, datetime

import pytest

from goodword.domain.crm_copy.connection import (
    ATTRIBUTES,
    KINDS,
    Connection,
    PropertyMapping,
    UnreadValue,
)
from goodword.domain.crm_copy.fact import CREATED, Change, CrmEvent, ObjectRef
from goodword.domain.errors import BadInput

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
DEAL = ObjectRef("crm", "deal", "77")


def connection(**more):
    properties = {
        "deal.dealstage": PropertyMapping("stage", {"closedwon": "won", "7": "demo_attended"}),
        "deal.amount": PropertyMapping("value"),
        "contact.kind": PropertyMapping("segment", {"Praxis": "private_practice"}),
    }
    return Connection("crm", 3, "standard", ("peers",), more.pop("properties", properties), **more)


def event(property="dealstage", value="closedwon", **more):
    return CrmEvent(more.pop("object", DEAL), property, value, AT, **more)


def test_a_listed_stage_becomes_a_fact_with_its_time():
    fact = connection().interpret("rf_1", event())
    assert (fact.referral, fact.object, fact.property) == ("rf_1", DEAL, "dealstage")
    assert (fact.attribute, fact.value, fact.raw) == ("stage", "won", "closedwon")
    assert (fact.version, fact.mapping, fact.changes) == (AT, 3, (Change(AT, "won"),))


@pytest.mark.parametrize(
    "given",
    [
        event(value="unreceived-of"),
        event("color", "blue"),
        event(object=ObjectRef("crm", "contact", "1")),
    ],
)
def test_what_means_nothing_here_is_no_fact(given):
    assert connection().interpret("rf_1", given) is None


def test_an_emptied_property_is_a_change_to_no_value():
    fact = connection().interpret("rf_1", event(value=None))
    assert (fact.value, fact.raw, fact.changes) == ("", "", (Change(AT, ""),))


def test_when_a_deal_was_created_is_always_a_fact():
    fact = connection().interpret("rf_1", event(CREATED, "true"))
    assert (fact.attribute, fact.changes) == ("created", (Change(AT, "true"),))
    contact = event(CREATED, "true", object=ObjectRef("crm", "contact", "1"))
    assert connection().interpret("rf_1", contact) is None


@pytest.mark.parametrize(
    ("raw", "value"), [("Praxis", "private_practice"), ("Hospital", "Hospital")]
)
def test_other_attributes_take_an_unlisted_value_as_it_is(raw, value):
    fact = connection().interpret(
        "rf_1", event("kind", raw, object=ObjectRef("crm", "contact", "1"))
    )
    assert (fact.value, fact.raw, fact.changes) == (value, raw, (Change(AT, value),))


@pytest.mark.parametrize(("length", "kept"), [(100, 1), (101, 0)])
def test_of_a_long_text_no_change_is_kept(length, kept):
    fact = connection().interpret(
        "rf_1", event("kind", "x" * length, object=ObjectRef("crm", "contact", "1"))
    )
    assert (len(fact.value), len(fact.changes)) == (length, kept)


@pytest.mark.parametrize(
    ("currency", "raw", "value"),
    [
        ("EUR", "100.50", "100.50 EUR"),
        ("", "100.50", "100.50"),
        ("EUR", "100.50 USD", "100.50 USD"),
        ("USD", "1 000,50", "1 000,50 USD"),
        ("USD", "$1,000.50", "$1,000.50 USD"),
        ("USD", "€ 1000", "€ 1000"),
        ("USD", "1.0E7", "1.0E7 USD"),
        ("USD", "a lot", "a lot USD"),
    ],
)
def test_a_value_without_a_currency_gets_the_connections(currency, raw, value):
    assert connection(currency=currency).interpret("rf_1", event("amount", raw)).value == value


def test_an_event_may_be_read_as_of_another_object():
    contact = ObjectRef("crm", "contact", "5")
    fact = connection().interpret("rf_1", event("kind", "Praxis"), contact)
    assert fact.object == contact


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_crm_makes_a_connection(kind):
    assert Connection("crm", 1, kind, (), {}).kind == kind


def test_another_kind_is_refused():
    with pytest.raises(BadInput) as refused:
        Connection("crm", 1, "rolodex", (), {})
    assert refused.value.where == "kind"


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("kind", ["contact", "company", "deal", "referral"])
def test_every_attribute_may_come_from_every_object(kind, attribute):
    assert connection(properties={f"{kind}.x": PropertyMapping(attribute)})


@pytest.mark.parametrize("name", ["dealstage", "ticket.x", "deal.", ".x", "", "deal"])
def test_a_property_is_named_by_kind_and_name(name):
    with pytest.raises(BadInput) as refused:
        connection(properties={name: PropertyMapping("stage")})
    assert refused.value.where == f"properties.{name}"


def test_an_attribute_that_no_program_asks_for_is_refused():
    with pytest.raises(BadInput) as refused:
        connection(properties={"deal.x": PropertyMapping("mood")})
    assert refused.value.where == "properties.deal.x.attribute"


def test_a_stage_that_is_none_is_refused_with_its_place():
    with pytest.raises(BadInput) as refused:
        connection(properties={"deal.x": PropertyMapping("stage", {"a": "won", "b": "champagne"})})
    assert refused.value.where == "properties.deal.x.values.b"


READ = {
    "deal.dealstage": PropertyMapping("stage", {"closedwon": "won"}),
    "deal.amount": PropertyMapping("value", {"small": "10.00"}),
    "deal.currency": PropertyMapping("currency"),
    "deal.size": PropertyMapping("company_size", {"1-5": "5"}),
    "deal.customer": PropertyMapping("existing_customer", {"lead": "false"}),
    "deal.kind": PropertyMapping("segment"),
}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("dealstage", "unheard-of", "not_mapped"),
        ("amount", "a lot", "not_an_amount"),
        ("amount", "1,234", "separator_ambiguous"),
        ("amount", "10 XXX", "currency_unknown"),
        ("currency", "dollars", "currency_unknown"),
        ("size", "5-25", "not_mapped"),
        ("customer", "evangelist", "not_mapped"),
    ],
)
def test_a_value_that_means_nothing_is_named_with_its_property(name, value, problem):
    wrong = connection(properties=READ).unread(event(name, value))
    assert wrong == UnreadValue(DEAL, f"deal.{name}", problem)
    assert wrong.is_unreadable is (problem != "not_mapped")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dealstage", "closedwon"),
        ("amount", "small"),
        ("amount", "8,000.00"),
        ("currency", " usd"),
        ("size", "1-5"),
        ("size", "12"),
        ("customer", "lead"),
        ("customer", "Yes"),
        ("kind", "anything"),
        ("color", "blue"),
        ("amount", None),
    ],
)
def test_a_readable_value_is_not_named(name, value):
    assert connection(properties=READ).unread(event(name, value)) is None
