"""Contact data, the canonical form of addresses, and keys that identify a person or company."""

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
# What no mailbox has and no screen shows: soft hyphen, zero-width spaces, marks of direction.
_INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff")
)
_JOINERS = "\u200c\u200d"  # some scripts need them inside a name, none at its ends
_QUOTED_NAME = re.compile(r'"[^"]*"\s*(?=<)')
_LABEL = re.compile(r"[^\x00-\x7f]|[a-z0-9_-]")

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


def canonical_addresses(text: str) -> tuple[str, ...]:
    """Return the e-mail addresses of one field in canonical form, each once, in their order.

    Lower case, the domain in punycode, NFC; without display name, `mailto:`, white space and
    invisible characters around it, and the dot that ends a domain. Several addresses are separated
    by `,` or `;`. A part that is no address is left out.
    """
    parts = re.split("[,;]", _QUOTED_NAME.sub("", text))
    found = (_canonical(part) for part in parts)
    return tuple(dict.fromkeys(address for address in found if address))


def canonical_address(text: str) -> str | None:
    """Return the canonical form of a text that is one address, or None where it is not one."""
    parts = [part for part in re.split("[,;]", _QUOTED_NAME.sub("", text)) if _trim(part)]
    return (_canonical(parts[0]) or None) if len(parts) == 1 else None


def address_key(text: str) -> str:
    """Return what is hashed or compared of an address: its canonical form, or the trimmed text.

    A text that is no address has to compare with itself too.
    """
    return canonical_address(text) or text.strip().lower()


def _trim(text: str) -> str:
    """Remove what is not seen, and white space and joiners at both ends."""
    visible = text.translate(_INVISIBLE)
    while visible != (shorter := visible.strip().strip(_JOINERS)):
        visible = shorter
    return visible


def _canonical(part: str) -> str:
    """Return the canonical form of one address, or an empty text where this is none."""
    text = _trim(part)
    if text.endswith(">") and "<" in text:
        text = _trim(text[text.rindex("<") + 1 : -1])
    if text[:7].lower() == "mailto:":
        text = _trim(text[7:].partition("?")[0])
    local, at, domain = text.rpartition("@")
    local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
    labels = [_punycode(label) for label in _labels(domain)]
    address = f"{local}{at}{'.'.join(labels)}"
    if not local or "@" in local or not all(labels) or len(address) > MOST["email"]:
        return ""
    if any(sign.isspace() or not sign.isprintable() or sign in '<>()[]\\"' for sign in local):
        return ""
    return address


def _labels(domain: str) -> list[str]:
    """Return a domain's labels, mapped as UTS 46 does: compatible forms and capitals are one."""
    # Sign by sign: a sigma in capitals is the same one at the end of a name as inside it.
    lower = "".join(map(str.lower, unicodedata.normalize("NFKC", domain)))
    plain = unicodedata.normalize("NFKC", lower).replace("\u3002", ".")
    return plain.rstrip(".").split(".")


def _punycode(label: str) -> str:
    """Return a label as it stands in the DNS, or an empty text where it cannot be one."""
    if not all(map(_LABEL.fullmatch, label)) or not label.replace("-", ""):
        return ""
    if not label.isascii():
        if any(sign.isspace() or not (sign.isprintable() or sign in _JOINERS) for sign in label):
            return ""
        label = f"xn--{label.encode('punycode').decode()}"
    return label if len(label) <= 63 else ""


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
