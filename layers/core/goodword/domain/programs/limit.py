"""Limits: what an account may earn in a year, and what a program may spend in a period."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One counter: its name, the ceiling that it may not pass, and why a credit is capped by it.

    kind: whose limit it is.
    """

    limit: str
    ceiling_minor: int
    why: str
    kind: Literal["account", "budget"]


def limits_for(program: Program, account: str, amount: Money, at: datetime) -> tuple[Limit, ...]:
    """Return the counters that a credit of this amount takes from, in its own currency.

    Years and periods are counted in the program's time zone, by the day the credit is earned.
    """
    day = program.day(at)
    limits = []
    for ceiling in program.limits.account_year:
        if ceiling.currency == amount.currency:
            name = f"account#{account}#{program.program}#{amount.currency}#{day.year}"
            why = f"the account reached this year's limit of {ceiling}"
            limits.append(Limit(name, ceiling.minor, why, "account"))
    for ceiling in program.limits.budget:
        if ceiling.currency == amount.currency:
            period = {
                "month": f"{day:%Y-%m}",
                "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
                "year": f"{day.year}",
                "total": "total",
            }[program.limits.budget_period]
            name = f"program#{program.program}#{amount.currency}#{period}"
            why = f"the program's budget of {ceiling} is used up"
            limits.append(Limit(name, ceiling.minor, why, "budget"))
    return tuple(limits)
