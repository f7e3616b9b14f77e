"""A prospect's contact data, and the keys that identify the same person or company."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import field
from typing import Final

from goodword.domain.record import dataclass

# The most characters of each field, typed or sent, and of any other field.
MOST: Final = {"name": 120, "email": 254, "phone": 40, "company": 120, "company_size": 7}
MOST_SAID: Final = 60
_SIZE = re.compile(r"0*[1-9][0-9]{0,6}")

# Domains of public mail providers: two addresses there do not imply the same employer.
FREE_MAIL = frozenset(
    """aol.com fastmail.com free.fr gmail.com gmx.com gmx.de gmx.net googlemail.com hey.com
    hotmail.com hotmail.co.uk icloud.com live.com mac.com mail.com mail.ru me.com msn.com
    orange.fr outlook.com outlook.es pm.me proton.me protonmail.com qq.com rocketmail.com
    t-online.de tutanota.com verizon.net web.de yahoo.co.uk yahoo.com yahoo.es yandex.com
    ymail.com zoho.com 163.com""".split()  # noqa: SIM905 - a list of names reads better as text
)
# One mailbox under several domains.
_SAME_MAILBOX = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
}
_DOTS_IGNORED = ("gmail.com", "proton.me")
_COMPANY_ENDINGS = re.compile(
    r"\b(?:inc|llc|llp|ltd|limited|gmbh|corp|co|company|pllc|pc|sa|sl|ag)\b"
)


def read_size(text: str) -> str:
    """Return a company's size as digits, from 1 on; an empty text if it is not a size."""
    return text.lstrip("0") if _SIZE.fullmatch(text) is not None else ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A prospect as entered by themselves or by another; e-mail and phone are normalized.

    phone: E.164 or empty. said: the form's segment, company_size, region, product.
    """

    name: str
    email: str
    phone: str = ""
    company: str = ""
    said: dict[str, str] = field(default_factory=dict)

    def parts(self) -> frozenset[str]:
        """Return the given fields among name, email, phone and company."""
        given = {
            "name": self.name,
            "email": self.email,
            "phone": self.phone,
            "company": self.company,
        }
        return frozenset(part for part, value in given.items() if value)


def domain_of(email: str) -> str:
    """Return the part after the @, in lower case."""
    return email.rpartition("@")[2].lower()


def plain_email(email: str) -> str:
    """Return the mailbox behind an address: no plus tag, no alias domain, no ignored dots.

    It is used to raise a flag, never to join two people.
    """
    local, _, domain = email.lower().rpartition("@")
    local = local.partition("+")[0]
    domain = _SAME_MAILBOX.get(domain, domain)
    return f"{local.replace('.', '') if domain in _DOTS_IGNORED else local}@{domain}"


def company_key(contact: Contact) -> str | None:
    """Return a key that identifies the prospect's company, or None.

    The key is the mail domain, unless it belongs to a public mail provider; then it is the
    company's name without its legal form, accents and punctuation.
    """
    domain = domain_of(contact.email)
    if domain and domain not in FREE_MAIL:
        return f"domain:{domain}"
    plain = unicodedata.normalize("NFKD", contact.company.casefold())
    letters = "".join(
        sign if sign.isalnum() else " " for sign in plain if not unicodedata.combining(sign)
    )
    name = " ".join(_COMPANY_ENDINGS.sub(" ", letters).split())
    return f"name:{name}" if name else None


def keyed_hash(key: str, *parts: str) -> str:
    """Hash personal data under a secret key, so that the hash reveals nothing."""
    return hmac.digest(key.encode(), "\x1f".join(parts).encode(), hashlib.sha256)[:20].hex()
