"""Every five minutes: enqueue every credit that is due."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.http.metric import put_metric
from goodword.http.wiring import Services, open_services
from goodword.steps.credits.sweep_credits import sweep_credits

log = Logger()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Sweep once."""
    services = wire()
    settled = sweep_credits(stores=services.stores, now=services.now, enqueue=services.enqueue())
    put_metric("CreditsOverdue", settled.overdue, at=services.now(), environ=os.environ)
    log.info("settled", extra={"due": settled.due, "overdue": settled.overdue})
    return {"due": settled.due, "overdue": settled.overdue}
