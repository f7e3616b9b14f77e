"""The writes of each transition of a credit: row, ledger, account sums, limits, timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from goodword.domain.credits.credit import Canceled, Credit, Status
from goodword.domain.credits.ledger import make_ledger_entry
from goodword.domain.event import Event
from goodword.domain.money import Money
from goodword.domain.reason import Argument
from goodword.domain.timeline import account_subject, entry_for, referral_subject
from goodword.ports.services import NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Increment, Insert, Release, Update, Write


def move(
    before: Credit | None,
    after: Credit,
    data: Mapping[str, Argument],
    *,
    at: datetime,
    new_id: NewId,
    actor: str = "goodword",
    came: str = "",
) -> list[Write]:
    """Return the writes of one transition from before to after, for one transaction.

    data: additional data of the timeline's event, beside move_data. came: the event, if it is not
    the status that the credit came to.
    """
    writes: list[Write] = [Insert(after) if before is None else Update(after)]
    booked = make_ledger_entry(before, after, at)
    if booked is not None:
        writes.append(Insert(booked))
    if after.kind == "credit" and (before is None or before.status != after.status):
        if before is not None:
            writes.append(_increment(before, before.status, -1))
        writes.append(_increment(after, after.status, 1))
    if before is not None:
        given_back = [name for name in before.limits if name not in after.limits]
        writes.extend(Release(name, before.amount.minor) for name in given_back)
    writes.append(_entry(before, after, data, at, new_id, actor, came))
    return writes


def restate(
    before: Credit,
    after: Credit,
    data: Mapping[str, Argument],
    *,
    at: datetime,
    new_id: NewId,
    actor: str,
    came: str,
) -> list[Write]:
    """Return the writes that change a credit's currency, but for the one that reserves limits.

    The ledger reverses the old amount and adds the new one, so that each currency sums to zero.
    """
    gone = replace(before, state=Canceled(None), revision=after.revision)
    entries = (make_ledger_entry(before, gone, at), make_ledger_entry(None, after, at))
    back, forth = (entry for entry in entries if entry is not None)
    return [
        Update(after),
        Insert(back),
        Insert(replace(forth, entry=f"{forth.entry}-{after.amount.currency}")),
        _increment(before, before.status, -1),
        _increment(after, after.status, 1),
        *(Release(name, before.amount.minor) for name in before.limits),
        _entry(before, after, data, at, new_id, actor, came),
    ]


def move_data(credit: Credit) -> dict[str, Argument]:
    """Return the data of every event of a credit: its id and amount.

    For a reversal, those of the credit that it takes back.
    """
    amount = Money(abs(credit.amount.minor), credit.amount.currency)
    return {"credit": credit.credit, "milestone": credit.milestone, "amount": amount}


def _entry(
    before: Credit | None,
    after: Credit,
    data: Mapping[str, Argument],
    at: datetime,
    new_id: NewId,
    actor: str,
    came: str,
) -> Write:
    was: dict[str, Argument] = {} if before is None else {"before": before.status}
    event = Event(f"{after.kind}_{came or after.status}", {**move_data(after), **was, **data})
    subject, new = referral_subject(after.referral), new_id("en")
    return Insert(entry_for(subject, after.program, at, new, event, actor))


def _increment(credit: Credit, status: Status, sign: int) -> Increment:
    bucket = f"{status}#{credit.amount.currency}"
    return Increment(account_subject(credit.account), bucket, sign * credit.amount.minor)


def commit_move(
    before: Credit,
    after: Credit,
    data: Mapping[str, Argument],
    *,
    stores: Stores,
    at: datetime,
    new_id: NewId,
    actor: str,
    came: str = "",
) -> Credit:
    """Commit one transition; raise Failed if another writer changed the credit first."""
    stores.commit(move(before, after, data, at=at, new_id=new_id, actor=actor, came=came))
    return after
