"""Every hour: close the referrals whose deadline has passed."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.http.api.problem import log_fields
from goodword.http.wiring import open_services
from goodword.steps.referrals.evaluation import QualifyDeps
from goodword.steps.referrals.expire_referrals import expire_referrals

log = Logger()


@cache
def wire() -> QualifyDeps:
    """Build clients once per process."""
    return open_services(os.environ).qualifying()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Sweep once."""
    overdue, failed = expire_referrals(deps=wire())
    log.info("closed", extra={"overdue": overdue, "failed": len(failed)})
    for referral, error in failed:
        log.error("not closed", extra={"referral": referral, **log_fields(error)})
    if failed:  # All other referrals are evaluated; the failed run triggers its alarm.
        raise RuntimeError(
            f"{len(failed)} of {overdue} referrals could not be evaluated; the log names them"
        )
    return {"overdue": overdue}
