"""The credit queue: post each credit to Stripe, once; mark what came off an account's invoices."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.billing.stripe_billing import StripeBilling
from goodword.edge.metric import put_failures, put_metric
from goodword.edge.stream import each_queue_message
from goodword.edge.wiring import open_house
from goodword.steps.post_credit import UNCLEAR, Posting
from goodword.steps.work_credit import work_credit


@cache
def wire() -> Posting:
    """Build clients once per process."""
    house = open_house(os.environ)
    secrets = house.secrets  # which keeps a secret for minutes: a new key needs no new process
    billing = StripeBilling(lambda: secrets.get("stripe/current"), api_base=os.environ["STRIPE_API_BASE"])
    return Posting(house.stores, billing, house.now, house.new_id)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Do what each message of the batch asks, and count what wants a person at once."""
    house = wire()  # what is missing as a whole fails the function, and not each message
    came = []

    def work(message: str) -> str:
        came.append(work_credit(message, house=house))
        return came[-1]

    answer = each_queue_message(event, work)
    put_failures(answer, at=house.now(), environ=os.environ)
    unclear = sum(outcome in UNCLEAR for outcome in came)
    if unclear:
        put_metric("CreditsUnclear", unclear, at=house.now(), environ=os.environ)
    return dict(answer)
