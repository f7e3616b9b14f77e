"""Every day: compare the ledger with Stripe, both ways."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.billing.stripe_billing import StripeBilling
from goodword.http.api.problem import log_fields
from goodword.http.metric import put_metric
from goodword.http.wiring import open_services
from goodword.steps.credits.audit_ledger import AuditLedgerDeps, audit_ledger

BUDGET = timedelta(minutes=12)  # of the fifteen minutes that a function may run
log = Logger()


@cache
def wire() -> AuditLedgerDeps:
    """Build clients once per process."""
    services = open_services(os.environ)
    # Parameters are cached for five minutes, so a rotated key needs no new process.
    secrets = services.secrets
    billing = StripeBilling(
        lambda: secrets.get("stripe/current"), api_base=os.environ["STRIPE_API_BASE"]
    )
    return AuditLedgerDeps(services.stores, billing, services.now, services.enqueue(), _report)


def _report(account: str, error: Exception) -> None:
    log.error("not compared", extra={"account": account, **log_fields(error)})


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Audit once."""
    services = wire()
    audit = audit_ledger(BUDGET, deps=services)
    put_metric("LedgerDifferences", audit.count, at=services.now(), environ=os.environ)
    incomplete = len(audit.unread) + audit.left
    put_metric("AuditIncomplete", incomplete, at=services.now(), environ=os.environ)
    result = {
        "accounts": audit.accounts,
        "credits": audit.credits,
        "differences": audit.count,
        "unread": len(audit.unread),
        "left": audit.left,
    }
    log.info("audited", extra=result)
    return result
