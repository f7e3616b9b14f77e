"""Amounts as CRMs and people write them: read to the minor unit, or named as unreadable.

A CRM's number has a decimal point and no separators; a formatted amount of a screen or a text
template has separators, a currency sign, or a decimal comma. A text that two countries read as two
amounts is not guessed: money depends on it.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from goodword.domain.money import Money, exponent, is_currency
from goodword.domain.record import dataclass

AmountProblem = Literal[
    "not_an_amount", "separator_ambiguous", "currency_missing", "currency_unknown"
]

# The currencies that write a sign; the first names of a code are ISO 4217's own.
_DOLLARS: Final = ("AUD", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "TWD", "USD", "UYU")
_SIGNS: Final[dict[str, tuple[str, ...]]] = {
    "$": _DOLLARS,
    "US$": ("USD",),
    "C$": ("CAD",),
    "CA$": ("CAD",),
    "A$": ("AUD",),
    "AU$": ("AUD",),
    "NZ$": ("NZD",),
    "HK$": ("HKD",),
    "S$": ("SGD",),
    "NT$": ("TWD",),
    "MX$": ("MXN",),
    "R$": ("BRL",),
    "€": ("EUR",),
    "£": ("GBP", "EGP"),
    "¥": ("JPY", "CNY"),
    "\uffe5": ("JPY", "CNY"),
    "₹": ("INR",),
    "₩": ("KRW",),
    "₪": ("ILS",),
    "₫": ("VND",),
    "₺": ("TRY",),
    "₴": ("UAH",),
    "₱": ("PHP",),
    "₦": ("NGN",),
    "฿": ("THB",),
    "zł": ("PLN",),
    "Kč": ("CZK",),
    "Ft": ("HUF",),
    "kr": ("DKK", "ISK", "NOK", "SEK"),
}
_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class UnreadAmount:
    """Why a text is no amount that can be counted."""

    problem: AmountProblem


@dataclass(frozen=True, slots=True)
class _Number:
    """The digits before and after the decimal sign, times ten to a power."""

    whole: str
    part: str = ""
    power: int = 0
    separator: str = ""  # the only one, before exactly three digits: of thousands, or of decimals

    def minor(self, places: int) -> int:
        """Return the minor units of a currency with so many decimals, rounded toward zero."""
        shift = places + self.power - len(self.part)
        digits = int(self.whole + self.part)
        result: int = digits * 10**shift if shift >= 0 else digits // 10**-shift
        return result

    def resolve(self, places: int, formatted: bool) -> _Number | None:
        """Return the number with its separator decided, or None where it cannot be."""
        if not self.separator or (places == 3 and self.separator == "."):
            return self
        return _Number(self.whole + self.part) if formatted and places < 3 else None


def read_amount(text: str, currency: str) -> Money | UnreadAmount:
    """Read an amount, rounded toward zero to a minor unit.

    currency: the code of an amount that names none itself, or empty. A code or sign in the text
    comes first. `$` stands for each dollar and peso, so that it needs a currency beside it. One
    separator before exactly three digits is ambiguous (1,234 or 1.234). It is read beside a sign,
    for a formatted amount has its currency's decimals or none, and as the point of a currency with
    three decimals.
    """
    parts = _parts(text)
    number = None if parts is None else _number(parts[1])
    if parts is None or number is None:
        return UnreadAmount("not_an_amount")
    minus, _, names = parts
    code = _currency(names, currency.strip().upper())
    if not code and not names:
        return UnreadAmount("separator_ambiguous" if number.separator else "currency_missing")
    if not is_currency(code):  # names that allow none, or several, are no code either
        return UnreadAmount("currency_unknown")
    places = exponent(code)
    decided = number.resolve(places, formatted=any(name in _SIGNS for name in names))
    if decided is None:
        return UnreadAmount("separator_ambiguous")
    return Money((-1 if minus else 1) * decided.minor(places), code)


def names_currency(text: str) -> bool:
    """Tell whether an amount names its currency, by a code or by a sign that only one has."""
    parts = _parts(text)
    return parts is not None and bool(_currency(parts[2], ""))


def _parts(text: str) -> tuple[bool, str, tuple[str, ...]] | None:
    """Split an amount into whether it is negative, its number, and what names its currency."""
    if len(text) > _LONGEST:
        return None
    # Not compiled at the start, which pages wait for that never look at an amount. split() takes
    # no-break spaces too.
    minus, name = "([-+\u2212]?) ?", r"([^\d\s.,'\u2019+\u2212-]{1,3})? ?"
    number = r"([0-9](?:[0-9.,'\u2019 ]*[0-9.])?(?:[eE]\+?[0-9]{1,2})?) ?"
    found = re.fullmatch(f"{minus}{name}{minus}{number}{name}", " ".join(text.split()))
    if found is None or (found[1] and found[3]):
        return None
    names = tuple(name for name in (found[2], found[5]) if name)
    return (found[1] or found[3]) in ("-", "\u2212"), found[4], names


def _currency(names: tuple[str, ...], beside: str) -> str:
    """Return the currency that all names allow, or an empty text where there is not one."""
    if not names:
        return beside
    options = [
        set(_SIGNS.get(name) or ([name.upper()] if re.fullmatch("[A-Za-z]{3}", name) else []))
        for name in names
    ]
    allowed = set.intersection(*options)
    if beside in allowed:
        return beside
    return allowed.pop() if len(allowed) == 1 else ""


def _number(text: str) -> _Number | None:
    """Read the digits of an amount by its separators, or return None where they do not fit."""
    shown, _, exponent_ = text.lower().replace("\u2019", "'").partition("e")
    power = int(exponent_ or 0)
    marks = [sign for sign in shown if not sign.isdecimal()]
    kinds = set(marks)
    last = max(shown.rfind("."), shown.rfind(","))
    if not marks or (len(kinds) > 1 and last < 0) or len(kinds) > 2:
        whole, part, separator = shown, "", ""
        grouped = not marks
    elif len(marks) == 1 and last >= 0:
        whole, part = shown[:last], shown[last + 1 :]
        unclear = len(part) == 3 and not power and not whole.startswith("0")
        separator = shown[last] if unclear and len(whole) <= 3 else ""
        grouped = not (unclear and len(whole) > 3 and shown[last] == ",")
    elif len(kinds) == 1:
        whole, part, separator = shown, "", ""
        grouped = _is_grouped(shown, marks[0])
    else:
        whole, part, separator = shown[:last], shown[last + 1 :], ""
        grouped = part.isdecimal() and _is_grouped(whole, marks[0])
    digits = "".join(filter(str.isdecimal, whole))
    if not grouped or len(digits) > 15 or len(part) > 30 or power > 15:
        return None
    return _Number(digits, part, power, separator)


def _is_grouped(text: str, separator: str) -> bool:
    """Tell whether a separator stands before each three digits, or as in India 12,34,567."""
    mark = re.escape(separator)
    by_three = re.fullmatch(f"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+", text)
    return by_three is not None or (
        separator == "," and re.fullmatch("[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}", text) is not None
    )
