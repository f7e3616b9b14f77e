"""docs/openapi.yaml against the running service.

Other requests at each run, all answered as it says.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from tests.contracts.document import excluded, lead, open_schema
from tests.journeys.journey import Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]

# Every operation is asked at least once, rightly or wrongly; what is left of the time is for more
# of both.
SECONDS = 40.0
TIMEOUT_SECONDS = 30
ANOTHER_SEED = "SCHEMA_SEED"


def test_random_requests_from_the_document_are_answered_as_documented(
    journey: Journey, record_property: Callable[[str, object], None]
) -> None:
    start = int(os.environ.get(ANOTHER_SEED) or secrets.randbelow(2**32))
    print(f"{ANOTHER_SEED}={start} draws the same requests again")
    chance, ends = Random(start), time.monotonic() + SECONDS  # noqa: S311 - repeatable
    played = _Played(journey, _known(journey), {"Authorization": f"Bearer {journey.demo.key}"})
    operations = [found.ok() for found in open_schema().get_all_operations()]
    left = 0
    while not played.faults and (played.count < len(operations) or time.monotonic() < ends):
        if not left:
            chance.shuffle(operations)
            left = len(operations)
        left -= 1
        mode = chance.choice(tuple(GenerationMode))
        played.draw(operations[left].as_strategy(generation_mode=mode), chance.getrandbits(32))
    record_property("requests drawn", played.count)
    assert not played.faults, f"{ANOTHER_SEED}={start}\n" + "\n\n".join(played.faults)


class _Played:
    """What was played so far. known: what there is to lead valid requests to. faults: as texts."""

    def __init__(self, journey: Journey, known: dict[str, str], headers: dict[str, str]) -> None:
        self.count = 0
        self.faults: list[str] = []
        self._known, self._headers, self._url = known, headers, journey.demo.url

    def draw(self, strategy: Any, chance: int) -> None:
        """Draw one request, send it, and keep what is wrong with its answer."""

        @seed(chance)
        @settings(
            max_examples=1,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def play(case: Any) -> None:
            self._play(case)

        play()

    def _play(self, case: Any) -> None:
        lead(case, self._known)
        self.count += 1
        with requests.Session() as session:
            session.trust_env = False
            try:
                case.call_and_validate(
                    base_url=self._url,
                    session=session,
                    headers=self._headers,
                    excluded_checks=excluded(case),
                    timeout=TIMEOUT_SECONDS,
                )
            except (Exception, FailureGroup) as error:
                self.faults.append(f"{case.operation.label}: {error}")


def _known(journey: Journey) -> dict[str, str]:
    """Make one of everything that requests may change, apart from other journeys' data."""
    program, crm = journey.program("posting: approve"), journey.crm()
    referrer = journey.referrer()
    link = journey.link(referrer, program)
    referral = journey.sign_up(link, journey.person())
    (credit,) = journey.await_credits(referrer.account, ("held", 5_000))
    return {
        "program": program,
        "connection": crm.connection,
        "referrer": referrer.referrer,
        "account": referrer.account,
        "code": link.rpartition("/")[2],
        "referral": referral,
        "credit": credit["credit"],
        "gw": journey.walk.follow(link),
    }
