"""What a seed's world begins with: programs, people, deals, and what the CRM says of each deal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Final

from goodword.domain.crm_copy.connection import Connection, PropertyMapping
from goodword.domain.crm_copy.fact import ObjectRef
from goodword.domain.programs.program import Program
from tests import world
from tests.world import DEAL, DEMO

START: Final = datetime(2027, 3, 1, 12, tzinfo=UTC)
APPLIED: Final = START - timedelta(days=30)
EXITS: Final = ("lost", "refunded")
PIPELINE: Final = ("new", "contacted", "demo_booked", "demo_attended", "proposal", "won")

PHONES: Final = ("+12025550143", "+12025550144", "+12025550145")

# What becomes of a deal, as the CRM would report it in order.
STORIES: Final[tuple[tuple[str, ...], ...]] = (
    ("won",),
    ("demo_attended", "won"),
    ("demo_booked", "demo_attended"),
    ("won", "lost"),
    ("demo_attended", "won", "lost"),
    ("won", "lost", "won"),
    ("demo_attended", "won", "lost", "won"),
    ("won", "lost", "won", "lost"),
    ("demo_attended", "lost"),
    ("lost",),
    ("won", "refunded"),
    ("lost", "won"),
    ("won", "proposal"),
    ("won", "proposal", "won"),
    ("demo_attended", "contacted"),
)
PHRASES: Final = {"deal.stage": PropertyMapping(**world.STAGE)}


@dataclass(frozen=True)
class Deal:
    """One deal at the CRM and its story: each stage with the CRM's own time of it, oldest first."""

    ref: ObjectRef
    story: tuple[tuple[datetime, str], ...]

    def stage_at(self, version: datetime) -> str:
        """Return the stage that the CRM had at this version, or that it read back later."""
        return next((stage for at, stage in reversed(self.story) if at <= version), "new")

    def last(self) -> tuple[datetime, str]:
        """Return where the story ends."""
        return self.story[-1]


@dataclass(frozen=True)
class Prospect:
    """A person who is introduced: by whom, which deal is about them.

    A phone that others may have too.
    """

    email: str
    referrer: str
    deal: int
    phone: str = PHONES[0]


@dataclass(frozen=True)
class Scene:
    """All that a seed begins with. used: whether invoices take from the balances.

    by_stripe: whether Stripe alone reports where each deal's story ends, by the event of a refund.
    """

    program: Program
    deals: tuple[Deal, ...]
    prospects: tuple[Prospect, ...]
    used: bool = False
    by_stripe: bool = False

    def at_crm(self, deal: int) -> tuple[tuple[datetime, str], ...]:
        """Return what the CRM reports of a deal's story."""
        story = self.deals[deal].story
        return story[:-1] if self.by_stripe else story


@lru_cache(maxsize=256)
def make_program(
    hold_days: int = 0,
    cap: str = "",
    budget: str = "",
    posting: str = "automatic",
    on_applied_credit: str = "review",
    demo_back: bool = False,
    milestones: int = 2,
) -> Program:
    """Build a program from its terms; the same terms give the same object."""
    demo = DEMO | {"taken_back_on": list(EXITS) if demo_back else []}
    deal = DEAL | {"hold_days": hold_days}
    limits: dict[str, object] = {}
    if cap:
        limits["account_year"] = [cap]
    if budget:
        limits["budget"] = {"amounts": [budget], "period": "total"}
    return world.make_program(
        *([demo, deal] if milestones == 2 else [deal]),
        applied_at=APPLIED,
        limits=limits,
        posting=posting,
        on_applied_credit=on_applied_credit,
    )


@lru_cache(maxsize=1)
def make_connection() -> Connection:
    """Return what the CRM's properties mean."""
    return world.make_connection(APPLIED, properties=PHRASES)


@lru_cache(maxsize=1)
def make_stripe_connection() -> Connection:
    """Return the connection of Stripe's balances, and of refunds with the CRM's phrases."""
    return world.make_connection(APPLIED, connection="stripe", kind="stripe", properties=PHRASES)


def make_deal(number: int, stages: tuple[str, ...], tie: int | None = None) -> Deal:
    """Return a deal with its story; tie.

    The place of a stage that has the same time as the one before.
    """
    story: list[tuple[datetime, str]] = []
    at = START - timedelta(hours=3)
    for place, stage in enumerate(stages):
        if place != tie:
            at += timedelta(minutes=7)
        story.append((at, stage))
    return Deal(ObjectRef("crm", "deal", str(70 + number)), tuple(story))


def draw(chance: Random) -> Scene:
    """Draw what a seed begins with."""
    program = make_program(
        hold_days=chance.choice((0, 0, 0, 0, 1, 14)),
        cap=chance.choice(("", "", "", "200.00 USD", "250.00 USD", "450.00 USD")),
        budget=chance.choice(("", "", "", "200.00 USD", "400.00 USD")),
        posting="approve" if chance.random() < 0.15 else "automatic",
        on_applied_credit=chance.choice(("review", "reverse")),
        demo_back=chance.random() < 0.3,
        milestones=chance.choice((1, 1, 2)),
    )
    several = chance.choice((1, 1, 1, 1, 2, 2, 3))
    one_deal = several > 1 and chance.random() < 0.5
    count = 1 if one_deal else several
    deals = tuple(make_deal(number, chance.choice(STORIES)) for number in range(count))
    people = ("ana", "bob", "cy")
    one_phone = chance.random() < 0.3
    prospects = tuple(
        Prospect(
            f"p{number}@company{number}.example",
            chance.choice(people),
            0 if one_deal else number,
            PHONES[0 if one_phone else number],
        )
        for number in range(several)
    )
    return Scene(program, deals, prospects, used=chance.random() < 0.4)
