"""Validate and normalize names, e-mail addresses and phone numbers.

Each library is loaded by the first field that needs it: numbering plans, the grammar of addresses
and ten thousand domains take longer to load than all else in a signup.
"""

from __future__ import annotations

import unicodedata

from goodword.domain.contact import MOST, canonical_address, domain_of
from goodword.domain.errors import BadInput


class ContactFields:
    """Validate contact fields with local libraries, without network calls."""

    def email(self, text: str) -> str:
        """Return the canonical form of one address, as goodword.domain.contact defines it."""
        from email_validator import EmailNotValidError, validate_email

        try:
            valid = validate_email(canonical_address(text) or "", check_deliverability=False)
            address = canonical_address(str(valid.normalized))
        except (EmailNotValidError, ValueError):
            address = None
        if address is None:
            raise BadInput(
                "this is not an e-mail address",
                where="email",
                remedy="Write it like name@example.com.",
            )
        return address

    def phone(self, text: str, region: str) -> str:
        """Return the number as E.164; without a country code it is read as one of the region.

        A possible number is taken, assigned or not: new area codes are in use before the library
        lists them. One without its area code is not possible, for it cannot be called from abroad.
        """
        import phonenumbers

        try:
            number = phonenumbers.parse(text[:64], region)
            found = phonenumbers.is_possible_number_with_reason(number)
        except phonenumbers.NumberParseException:
            found = phonenumbers.ValidationResult.INVALID_LENGTH
        if found != phonenumbers.ValidationResult.IS_POSSIBLE:
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
