"""Credits in any state, for tests that begin in the middle of a credit's life."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import Any

from goodword.domain.credits.credit import LEASE, STATES, Attempt, Credit, Posted, Reverses
from goodword.domain.reason import Reason


def altered(credit: Credit, /, status: str | None = None, **data: Any) -> Credit:
    """Return a credit with other data, and in another state if one is named.

    Each name goes to the part of the credit that has it: its state, how it was posted, its attempt,
    what makes it a reversal, or the record itself. A state gets what it needs and data lacks.
    hold: the code of the one reason for which a credit is held; holds: all of them.
    """
    if "holds" in data:
        data["reasons"] = data.pop("holds")
    if "hold" in data:
        data["reasons"] = (Reason(data.pop("hold")),)
    needed = {
        "reasons": (Reason("flagged", {"flags": (Reason("same_phone"),)}),),
        "reason": Reason("deal_lost"),
        "since": credit.earned_at,
        "lease_until": credit.earned_at + LEASE,
        "token": "tk_1",
        "transaction": "cbtxn_1",
        "at": credit.earned_at,
        "mark": credit.mark,
    }
    kind = type(credit.state) if status is None else STATES[status]
    if kind.status == "reversed":
        needed["posted"] = _part(Posted, credit.posted, data, needed)
    changes: dict[str, Any] = {"state": _part(kind, credit.state, data, needed)}
    changes["attempt"] = _part(Attempt, credit.attempt, data, {})
    if credit.reverses is not None and "reverses" not in data:
        changes["reverses"] = _part(Reverses, credit.reverses, data, {}, but=("credit",))
    return replace(credit, **changes, **data)


def _part(
    kind: Any, current: Any, data: dict[str, Any], needed: dict[str, Any], but: tuple[str, ...] = ()
) -> Any:
    own = [each for each in fields(kind) if each.name not in but]
    given = {each.name: data.pop(each.name) for each in own if each.name in data}
    if isinstance(current, kind):
        return replace(current, **given)
    lacks = (each for each in own if each.default is MISSING or each.name == "mark")
    return kind(**{each.name: needed[each.name] for each in lacks if each.name in needed} | given)
