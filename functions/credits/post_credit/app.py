"""The credit queue: post each credit to Stripe, once; mark what invoices took; ask about refunds."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.billing.stripe_billing import StripeBilling
from goodword.crm.stripe.webhook import complete, question
from goodword.http.metric import put_failures, put_metric
from goodword.http.stream import each_queue_message
from goodword.http.wiring import House, open_house
from goodword.steps.credits.ask_refund import RefundAsking, ask_refund
from goodword.steps.credits.handle_credit_message import handle_credit_message
from goodword.steps.credits.post_credit import UNCLEAR, CreditPosting


@cache
def open_all() -> tuple[House, StripeBilling]:
    """Build clients once per process."""
    house = open_house(os.environ)
    secrets = house.secrets  # which keeps a secret for minutes: a new key needs no new process
    stripe = StripeBilling(lambda: secrets.get("stripe/current"), api_base=os.environ["STRIPE_API_BASE"])
    return house, stripe


@cache
def wire() -> CreditPosting:
    """Return what posting needs."""
    house, stripe = open_all()
    return CreditPosting(house.stores, stripe, house.now, house.new_id)


def ask(delivery: str) -> str:
    """Ask Stripe what the event of a refund does not show."""
    house, stripe = open_all()
    asking = RefundAsking(house.stores.inbox, stripe, house.now, question, complete)
    return ask_refund(delivery, house=asking)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Do what each message of the batch asks, and count what wants a person at once."""
    house = wire()  # what is missing as a whole fails the function, and not each message
    came = []

    def work(message: str) -> str:
        came.append(handle_credit_message(message, house=house, ask=ask))
        return came[-1]

    answer = each_queue_message(event, work)
    put_failures(answer, at=house.now(), environ=os.environ)
    unclear = sum(outcome in UNCLEAR for outcome in came)
    if unclear:
        put_metric("CreditsUnclear", unclear, at=house.now(), environ=os.environ)
    return dict(answer)
