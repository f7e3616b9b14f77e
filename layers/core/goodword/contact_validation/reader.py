"""Validate and normalize names, e-mail addresses and phone numbers.

Each library is loaded by the first field that needs it: numbering plans, the grammar of addresses
and ten thousand domains take longer to load than all else in a signup.
"""

from __future__ import annotations

import unicodedata

from goodword.domain.contact import MOST, domain_of
from goodword.domain.errors import BadInput


class ContactFields:
    """Validate contact fields with local libraries, without network calls."""

    def email(self, text: str) -> str:
        """Return the address in lower case, its domain in IDNA's readable form."""
        from email_validator import EmailNotValidError, validate_email

        try:
            valid = validate_email(text.strip(), check_deliverability=False)
        except (EmailNotValidError, ValueError):
            raise BadInput(
                "this is not an e-mail address",
                where="email",
                remedy="Write it like name@example.com.",
            ) from None
        return str(valid.normalized).lower()

    def phone(self, text: str, region: str) -> str:
        """Return the number as E.164; without a country code it is read as one of the region."""
        import phonenumbers

        try:
            number = phonenumbers.parse(text[:64], region)
            valid = phonenumbers.is_possible_number(number) and phonenumbers.is_valid_number(number)
        except phonenumbers.NumberParseException:
            valid = False
        if not valid:
            raise BadInput(
                "this is not a phone number",
                where="phone",
                remedy="Write it with the country code, such as +1 212 555 0123.",
            )
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def name(self, text: str) -> str:
        """Return the name with normalized white space.

        Letters of any script are allowed, control characters are not.
        """
        name = " ".join(unicodedata.normalize("NFC", text).split())
        if not name or len(name) > MOST["name"] or not any(sign.isalpha() for sign in name):
            raise BadInput(
                "the name is missing or too long",
                where="name",
                remedy=f"Write at most {MOST['name']} characters.",
            )
        return name

    def disposable(self, email: str) -> bool:
        """Return whether an address is at a provider of disposable mailboxes, by a static list."""
        from disposable_email_domains import blocklist

        labels = domain_of(email).split(".")
        return any(".".join(labels[place:]) in blocklist for place in range(len(labels) - 1))
