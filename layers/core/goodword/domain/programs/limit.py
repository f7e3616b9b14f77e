"""Limits: the most that an account may earn in a year, and a program may spend in a period."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason, Vocabulary
from goodword.domain.record import dataclass

# Why a credit is over the limit. amount: the ceiling.
LIMITS_REACHED: Final[Vocabulary] = {
    "account_limit_reached": {"amount": "amount"},
    "budget_used_up": {"amount": "amount"},
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One counter: its name, its ceiling, and the reason of a credit that is over it."""

    limit: str
    ceiling_minor: int
    why: Reason


def limits_for(program: Program, account: str, amount: Money, at: datetime) -> tuple[Limit, ...]:
    """Return the counters that a credit of this amount takes from, in its own currency.

    Years and periods are counted in the program's time zone, by the day on which the credit is
    earned.
    """
    day = program.day(at)
    limits = []
    for ceiling in program.limits.account_year:
        if ceiling.currency == amount.currency:
            name = f"account#{account}#{program.program}#{amount.currency}#{day.year}"
            why = Reason("account_limit_reached", {"amount": ceiling})
            limits.append(Limit(name, ceiling.minor, why))
    for ceiling in program.limits.budget:
        if ceiling.currency == amount.currency:
            period = {
                "month": f"{day:%Y-%m}",
                "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
                "year": f"{day.year}",
                "total": "total",
            }[program.limits.budget_period]
            name = f"program#{program.program}#{amount.currency}#{period}"
            why = Reason("budget_used_up", {"amount": ceiling})
            limits.append(Limit(name, ceiling.minor, why))
    return tuple(limits)
