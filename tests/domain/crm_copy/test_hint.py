"""Keys of what an event waits for."""

from __future__ import annotations

from goodword.domain.crm_copy.fact import ObjectRef
from goodword.domain.crm_copy.hint import email_hint, is_email_hint, object_hint, referral_hint

EMAIL, REFERRAL = email_hint("identity-key", "kim@customer.example"), referral_hint("rf_1")


def test_an_email_hint_holds_no_personal_data() -> None:
    assert EMAIL.startswith("email#")
    assert "kim" not in EMAIL
    assert "customer" not in EMAIL


def test_a_referral_hint_names_the_referral() -> None:
    assert REFERRAL == "referral#rf_1"


def test_an_object_hint_names_the_object() -> None:
    ref = ObjectRef("hubspot", "deal", "42")
    assert object_hint(ref) == f"object#{ref}"


def test_an_email_hint_is_known_from_any_other() -> None:
    assert [is_email_hint(hint) for hint in (EMAIL, REFERRAL)] == [True, False]
