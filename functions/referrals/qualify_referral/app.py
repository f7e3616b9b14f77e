"""The referrals' stream: apply waiting events to each new referral, and evaluate it."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.metric import put_failures
from goodword.http.stream import each_stream_record
from goodword.http.wiring import open_services
from goodword.steps.crm_copy.apply_event import ApplyEventDeps
from goodword.steps.referrals.qualify_referral import qualify_referral


@cache
def wire() -> ApplyEventDeps:
    """Build clients once per process."""
    return open_services(os.environ).applying()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Process each new referral of the batch."""
    services = wire()  # A missing setting fails the whole run, not each record.
    answer = each_stream_record(
        event, "referral", lambda name: qualify_referral(name, deps=services)
    )
    put_failures(answer, at=services.now(), environ=os.environ)
    return dict(answer)
