"""Amounts: integers in the currency's ISO 4217 minor unit, with the currency beside them."""

from __future__ import annotations

import re

from goodword.domain.errors import BadInput
from goodword.domain.record import dataclass

# ISO 4217 minor units, for the currencies that do not have two. Stripe takes the same numbers for
# these, see https://docs.stripe.com/currencies#zero-decimal.
_EXPONENTS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
# Stripe rounds some amounts: with three decimals the last is zero, and an ISK is whole. See
# https://docs.stripe.com/currencies#three-decimal and #special-cases.
_STEPS = {**{name: 10 for name, places in _EXPONENTS.items() if places == 3}, "ISK": 100}
_TWO_DECIMALS = frozenset(
    """AED AUD BGN BRL CAD CHF CNY COP CRC CZK DKK DOP EGP EUR GBP GEL GTQ HKD HUF IDR ILS INR
    ISK KES MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD SAR SEK SGD THB TRY TWD TZS
    UAH USD UYU ZAR""".split()  # noqa: SIM905 - a list of names reads better as text
)
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,3}))? (?P<currency>[A-Z]{3})")


def exponent(currency: str) -> int:
    """Return how many decimals the currency has; raise BadInput for an unsupported one."""
    if currency in _EXPONENTS:
        return _EXPONENTS[currency]
    if currency in _TWO_DECIMALS:
        return 2
    raise BadInput(
        f"{currency!r} is not a supported currency",
        where="currency",
        remedy="Use an ISO 4217 code in capitals, such as USD.",
    )


def is_currency(code: str) -> bool:
    """Tell whether this is the code of a currency that is known here."""
    return code in _EXPONENTS or code in _TWO_DECIMALS


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units and its currency: Money(5000, "USD") is 50.00 USD."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)

    def __str__(self) -> str:
        """Return the amount as text: 50.00 USD."""
        places = exponent(self.currency)
        if places == 0:
            return f"{self.minor} {self.currency}"
        whole, part = divmod(abs(self.minor), 10**places)
        return f"{'-' if self.minor < 0 else ''}{whole}.{part:0{places}d} {self.currency}"


def beside(amount: Money) -> tuple[Money, ...]:
    """Return the nearest amounts that Stripe takes, smaller first; None if it takes this one."""
    step = _STEPS.get(amount.currency, 1)
    smaller = amount.minor - amount.minor % step
    if smaller == amount.minor:
        return ()
    return tuple(Money(minor, amount.currency) for minor in (smaller, smaller + step) if minor)


def parse_money(text: str, where: str = "amount") -> Money:
    """Read an amount such as "50.00 USD".

    Raise BadInput if it is not a whole number of minor units.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise BadInput(
            f"{text!r} is not an amount",
            where=where,
            remedy="Write the amount, a space and the currency, such as 50.00 USD.",
        )
    try:
        places = exponent(match["currency"])
    except BadInput as error:
        raise BadInput(error.what, where=where, remedy=error.remedy) from None
    part = match["part"] or ""
    if len(part) > places:
        raise BadInput(
            f"{text!r} has too many decimals: {match['currency']} has {places}",
            where=where,
            remedy=f"Write at most {places} digits after the point.",
        )
    return Money(int(match["whole"] + part.ljust(places, "0")), match["currency"])
