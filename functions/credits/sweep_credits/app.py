"""Every five minutes: wake the worker for every credit that is due."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.http.metric import put_metric
from goodword.http.wiring import House, open_house
from goodword.steps.credits.sweep_credits import sweep_credits

log = Logger()


@cache
def wire() -> House:
    """Build clients once per process."""
    return open_house(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Sweep once."""
    house = wire()
    settled = sweep_credits(stores=house.stores, now=house.now, wake=house.wake())
    put_metric("CreditsOverdue", settled.overdue, at=house.now(), environ=os.environ)
    log.info("settled", extra={"due": settled.due, "overdue": settled.overdue})
    return {"due": settled.due, "overdue": settled.overdue}
