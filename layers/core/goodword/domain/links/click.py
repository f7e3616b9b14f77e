"""Clicks: what is stored of a click, and how people are distinguished from machines.

Clicks are only counted: no click earns anything. Too few clicks of people on a busy link flag a
credit for review (flag.py), so a wrong classification may delay a credit and never changes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from goodword.domain.links.visit import KEPT_DAYS
from goodword.domain.record import dataclass

Kind = Literal["person", "machine", "uncertain"]

CODES_PER_SOURCE = 5  # more links than this from one source on one day indicates a crawler
SCANNER_WINDOW = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Click:
    """One click, without its source address.

    source: keyed hash of the day and the address's network. network: the name of the known machine
    network, if any. hints: indications in its headers (prefetch, no-agent, no-accept).
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
        """Return when the record expires."""
        return self.at + timedelta(days=KEPT_DAYS)


def judge(
    click: Click, *, known_agent: bool, codes_of_source: int, mailed_at: datetime | None
) -> Kind:
    """Classify the click as a person's, a machine's or unknown.

    known_agent: the agent is on the list of crawlers. codes_of_source: how many different links
    this source followed that day. mailed_at: when a mail with the link was delivered, as the link
    says by now, since a delivery is reported after the scanner's click.
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
