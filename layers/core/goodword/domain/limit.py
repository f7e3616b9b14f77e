"""Limits: what an account may earn in a year, and what a program may spend in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goodword.domain.money import Money
from goodword.domain.program import Program


@dataclass(frozen=True, slots=True)
class Limit:
    """One counter: its name, what counts towards it now, and the ceiling that it may not pass."""

    limit: str
    ceiling_minor: int
    why: str


def limits_for(program: Program, account: str, amount: Money, at: datetime) -> tuple[Limit, ...]:
    """Return the counters that a credit of this amount takes from, in its own currency.

    Years and periods are counted in the program's time zone, by the day the credit is earned.
    """
    day = program.day(at)
    limits = []
    for ceiling in program.limits.account_year:
        if ceiling.currency == amount.currency:
            name = f"account#{account}#{program.program}#{amount.currency}#{day.year}"
            limits.append(Limit(name, ceiling.minor, f"the account reached this year's limit of {ceiling}"))
    for ceiling in program.limits.budget:
        if ceiling.currency == amount.currency:
            period = {
                "month": f"{day:%Y-%m}",
                "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
                "year": f"{day.year}",
                "total": "total",
            }[program.limits.budget_period]
            name = f"program#{program.program}#{amount.currency}#{period}"
            limits.append(Limit(name, ceiling.minor, f"the program's budget of {ceiling} is used up"))
    return tuple(limits)
