"""What the kept libraries say of contact data."""

import pytest

from goodword.contact_validation.reader import ContactFields


@pytest.mark.parametrize(
    ("domain", "disposable"),
    [
        ("mailinator.com", True),
        ("MAILINATOR.com", True),
        ("eu.mailinator.com", True),
        ("notmailinator.com.example", False),
        ("practice.example", False),
        ("com", False),
    ],
)
def test_throw_away_mailboxes_are_known_by_their_domain(domain, disposable):
    assert ContactFields().disposable(f"pat@{domain}") is disposable


@pytest.mark.parametrize(
    "domain", ["gmail.com", "outlook.com", "icloud.com", "web.de", "proton.me"]
)
def test_a_free_mailbox_is_not_a_throw_away_one(domain):
    assert not ContactFields().disposable(f"pat@{domain}")
