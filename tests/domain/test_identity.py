"""Keys of identities and daily counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain import identity

KEY = "identity-key"
ADDRESS = "kim@customer.example"
PHONE = "+12025550143"
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

EVERY_KEY = {
    "person": identity.person_identity(KEY, "main", ADDRESS),
    "alias": identity.alias_identity(KEY, "main", ADDRESS),
    "phone": identity.phone_identity(KEY, "main", PHONE),
    "payee": identity.payee_identity("main", "one"),
    "referrer": identity.mailbox_identity("one"),
    "invitation": identity.invitation_identity("one"),
    "invitee": identity.invitee_identity("one"),
    "nomail": identity.no_mail_identity("one"),
    "try": identity.later_try_identity("one", "marks"),
    "token": identity.token_recipient("one"),
    "mailbox": identity.mailbox_recipient("one"),
    "staff": identity.staff_recipient("one"),
    "key": identity.key_request("one"),
    "link": identity.link_request("ana", "one"),
    "codes": identity.source_of_codes("one"),
    "sign-in": identity.source_of_sign_in("mailbox#one", "2026-03-04T12", "two"),
    "burst": identity.source_of_click("one"),
    "visit": identity.source_of_day("visit", "one", NOON),
}


@pytest.mark.parametrize("kind", EVERY_KEY)
def test_a_key_begins_with_its_kind(kind: str) -> None:
    assert EVERY_KEY[kind].startswith(f"{kind}#")


@pytest.mark.parametrize("kind", EVERY_KEY)
def test_a_key_holds_no_personal_data(kind: str) -> None:
    assert not any(part in EVERY_KEY[kind] for part in ("kim", "customer.example", "5550143"))


def test_a_recipient_names_what_its_mail_is_about() -> None:
    assert identity.recipient_id(identity.token_recipient("tk_1")) == "tk_1"


def test_a_person_is_another_identity_in_another_program() -> None:
    assert identity.person_identity(KEY, "main", ADDRESS) != identity.person_identity(
        KEY, "partners", ADDRESS
    )


def test_an_identity_depends_on_the_secret_key() -> None:
    assert identity.person_identity(KEY, "main", ADDRESS) != identity.person_identity(
        "other-key", "main", ADDRESS
    )


def test_two_addresses_of_one_mailbox_have_one_alias() -> None:
    assert identity.alias_identity(KEY, "main", "kim+news@customer.example") == (
        identity.alias_identity(KEY, "main", ADDRESS)
    )


def test_a_referrer_is_found_by_address_and_by_mailbox() -> None:
    mailbox = identity.referrer_identity(KEY, ADDRESS).removeprefix("referrer#")
    assert identity.mailbox_identity(mailbox) == identity.referrer_identity(KEY, ADDRESS)


def test_a_daily_count_starts_over_at_midnight_utc() -> None:
    evening = identity.source_of_day("visit", "one", NOON.replace(hour=23))
    assert identity.source_of_day("visit", "one", NOON) == evening
    assert identity.source_of_day("visit", "one", NOON + timedelta(hours=12)) != evening
