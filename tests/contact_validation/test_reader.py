"""What the kept libraries say of contact data."""

import pytest

from goodword.contact_validation.reader import ContactFields
from goodword.domain.errors import BadInput
from tests.cases.load import variants


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


@pytest.mark.parametrize(
    "case", variants("addresses", "two spellings of one address are one person")
)
def test_a_form_reads_each_spelling_of_an_address_alike(case):
    (referral,) = case["given"]["referrals"]
    in_crm = case["given"]["crm"]["contact 601"]["email"]
    assert ContactFields().email(in_crm) == ContactFields().email(referral["email"])


@pytest.mark.parametrize(
    "text", ["", "pat", "a@b.example, c@d.example", "mary,ann@b.example", "a..b@c.example"]
)
def test_a_form_takes_one_address_and_no_other_text(text):
    with pytest.raises(BadInput, match="not an e-mail address"):
        ContactFields().email(text)


@pytest.mark.parametrize(
    "case", variants("phones", "a form takes each possible phone number and no other")
)
def test_a_form_takes_each_possible_phone_number_and_no_other(case):
    (event,), (expected,) = case["events"], case["expect"]
    phone, region = event["sign_up"]["phone"], case["program"]["region"]
    if expected["status"] == 202:
        assert ContactFields().phone(phone, region) == expected["phone_stored"]
    else:
        with pytest.raises(BadInput) as refused:
            ContactFields().phone(phone, region)
        assert refused.value.where == "phone"


def test_a_number_without_its_area_code_is_not_possible():
    with pytest.raises(BadInput, match="not a phone number"):
        ContactFields().phone("555-0134", "US")
