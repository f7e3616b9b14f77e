"""The credit queue: post each credit to Stripe once, mark used credits, look up refunds."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.billing.stripe_billing import StripeBilling
from goodword.crm.stripe.webhook import complete, question
from goodword.http.metric import put_failures, put_metric
from goodword.http.stream import each_queue_message
from goodword.http.wiring import Services, open_services
from goodword.steps.credits.ask_refund import AskRefundDeps, ask_refund
from goodword.steps.credits.handle_credit_message import handle_credit_message
from goodword.steps.credits.post_credit import UNCLEAR, PostCreditDeps


@cache
def open_all() -> tuple[Services, StripeBilling]:
    """Build clients once per process."""
    services = open_services(os.environ)
    # Parameters are cached for five minutes, so a rotated key needs no new process.
    secrets = services.secrets
    stripe = StripeBilling(
        lambda: secrets.get("stripe/current"), api_base=os.environ["STRIPE_API_BASE"]
    )
    return services, stripe


@cache
def wire() -> PostCreditDeps:
    """Return the dependencies of posting."""
    services, stripe = open_all()
    return PostCreditDeps(services.stores, stripe, services.now, services.new_id)


def ask(delivery: str) -> str:
    """Ask Stripe for the details that a refund's event lacks."""
    services, stripe = open_all()
    asking = AskRefundDeps(services.stores.inbox, stripe, services.now, question, complete)
    return ask_refund(delivery, deps=asking)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle each message of the batch, and count the outcomes that a person must look at now."""
    services = wire()  # A missing setting fails the whole run, not each message.
    came = []

    def work(message: str) -> str:
        came.append(handle_credit_message(message, deps=services, ask=ask))
        return came[-1]

    answer = each_queue_message(event, work)
    put_failures(answer, at=services.now(), environ=os.environ)
    unclear = sum(outcome in UNCLEAR for outcome in came)
    if unclear:
        put_metric("CreditsUnclear", unclear, at=services.now(), environ=os.environ)
    return dict(answer)
