"""The form of the landing page: all that is not right at once, and nothing that was not asked."""

from datetime import UTC, datetime

import pytest

from goodword.contact_validation.reader import ContactFields
from goodword.domain.programs.program import CONTACT_FIELDS
from goodword.http.pages.landing_form import read_landing_form
from tests.world import DEMO, make_program

AT = datetime(2027, 3, 1, tzinfo=UTC)
ROBIN = {"name": "Robin Prospect", "email": "robin@practice.example.org", "phone": "(212) 555-0123"}


def program(**terms):
    qualifies = {"all": [{"contact": ["phone"]}, {"segment": ["practice", "clinic"]}]}
    own = {"targets": [], "default_target": "", "brand": {"name": "Example Software"}}
    return make_program({**DEMO, "qualifies": qualifies}, applied_at=AT, **{**own, **terms})


ALL = program(form_fields=[*CONTACT_FIELDS, "segment", "company_size", "region"])


def read(typed, terms=ALL):
    return read_landing_form("token", typed, terms, ContactFields())


def test_a_form_that_is_right_is_a_signup():
    signup, wrong = read(ROBIN, program())
    assert wrong == {}
    assert (signup.token, signup.name, signup.email) == ("token", ROBIN["name"], ROBIN["email"])
    assert (signup.phone, signup.said) == ("+12125550123", {})


def test_answers_beyond_the_contact_are_stored_as_the_prospects():
    more = {
        "company": " The  Practice ",
        "segment": "clinic",
        "company_size": "012",
        "region": "Ohio",
    }
    signup, wrong = read(ROBIN | more)
    assert wrong == {}
    assert signup.company == "The Practice"
    assert signup.said == {"segment": "clinic", "company_size": "12", "region": "Ohio"}
    assert read(ROBIN | more | {"segment": "other"})[0].said["segment"] == "other"


def test_all_invalid_fields_are_reported_at_once_with_a_remedy():
    _, wrong = read(
        {"email": "robin@", "phone": "12", "segment": "hospital", "company_size": "a few"}
    )
    assert set(wrong) == set(ALL.fields())
    assert all(str(result).startswith("Please ") for result in wrong.values())
    assert "+" in str(wrong["phone"])
    assert (str(wrong["segment"]), str(wrong["region"])) == (
        "Please choose one.",
        "Please enter a few words.",
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "x" * 121),
        ("name", "12345"),
        ("email", f"{'x' * 250}@example.org"),
        ("phone", "1" * 41),
        ("company", "x" * 121),
        ("company_size", "0"),
        ("company_size", "-1"),
        ("company_size", "12345678"),
        ("company_size", "٣"),
        ("region", "x" * 61),
    ],
)
def test_a_field_out_of_bounds_is_not_right(field, text):
    assert field in read({field: text})[1]


def test_unrequested_fields_are_ignored_and_control_characters_become_spaces():
    signup, wrong = read(
        ROBIN | {"name": "Robin\x00\r\nProspect", "segment": "x", "utm": "y"}, program()
    )
    assert (wrong, signup.name, signup.said) == ({}, "Robin Prospect", {})
