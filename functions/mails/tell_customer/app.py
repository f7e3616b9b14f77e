"""The timeline's stream: keep what is to be told to customers."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.http.metric import put_failures
from goodword.http.stream import each_stream_image
from goodword.http.wiring import House, open_house
from goodword.steps.mails.tell_customer import tell_customer
from goodword.store.timeline import entry_of


@cache
def wire() -> House:
    """Build clients once per process."""
    return open_house(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Keep the news of each entry of the batch."""
    house = wire()  # what is missing as a whole fails the function, and not each record

    def tell(image: dict[str, Any]) -> object:
        return tell_customer(entry_of(image), stores=house.stores, now=house.now)

    answer = each_stream_image(event, "entry", tell)
    put_failures(answer, at=house.now(), environ=os.environ)
    return dict(answer)
