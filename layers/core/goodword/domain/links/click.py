"""Clicks: what is kept of one, and who tells people from machines.

Clicks only ever count: no click earns anything. Too few clicks of people on a busy link make a
person look before a credit goes out (flag.py), so a wrong guess here may cost somebody time, and
nobody money.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from goodword.domain.links.visit import KEPT_DAYS
from goodword.domain.record import dataclass

Kind = Literal["person", "machine", "uncertain"]

CODES_PER_SOURCE = 5  # more links than this from one source on one day is a crawler's doing
SCANNER_WINDOW = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Click:
    """One click, without the address it came from.

    source: keyed hash of the day and the address's network. network: the name of the known machine
    network it came from, if any. hints: what its headers gave away (prefetch, no-agent, no-accept).
    """

    click: str
    code: str
    program: str
    at: datetime
    source: str
    agent: str = ""
    network: str = ""
    hints: tuple[str, ...] = ()

    def expires_at(self) -> datetime:
        """Return when the record goes for good."""
        return self.at + timedelta(days=KEPT_DAYS)


def judge(
    click: Click, *, known_agent: bool, codes_of_source: int, mailed_at: datetime | None
) -> Kind:
    """Say whether a person clicked.

    known_agent: the agent is on the kept list of crawlers. codes_of_source: how many different
    links this source followed that day. mailed_at: when a mail with the link was delivered, as its
    link says by now: whoever reports a delivery does so after the scanner's click.
    """
    if known_agent or click.network or "prefetch" in click.hints:
        return "machine"
    if codes_of_source > CODES_PER_SOURCE:
        return "machine"
    if mailed_at is not None and timedelta(0) <= click.at - mailed_at <= SCANNER_WINDOW:
        return "machine"
    if click.hints:
        return "uncertain"
    return "person"
