"""Every hour: read the deals of open referrals from the CRM."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.http.api.problem import log_fields
from goodword.http.metric import put_metric
from goodword.http.wiring import open_services
from goodword.steps.crm_copy.apply_event import ApplyEventDeps
from goodword.steps.crm_copy.poll_crm import poll_crm

BUDGET = timedelta(minutes=5)  # the last page of a slow CRM may take some minutes more
log = Logger()


@cache
def wire() -> ApplyEventDeps:
    """Build clients once per process."""
    return open_services(os.environ).applying()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Poll once."""
    services = wire()
    polled = poll_crm(BUDGET, deps=services)
    for referral, error in polled.failed:
        log.error("not polled", extra={"referral": referral, **log_fields(error)})
    if polled.failed:  # The run itself succeeded and is not retried; the next run is in an hour.
        put_metric("Failed", len(polled.failed), at=services.now(), environ=os.environ)
    result = {
        "referrals": polled.referrals,
        "asked": polled.asked,
        "recorded": polled.recorded,
        "silent": list(polled.silent),
        "failed": [referral for referral, _ in polled.failed],
        "finished": polled.finished,
    }
    log.info("polled", extra=result)
    return result
