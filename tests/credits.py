"""Credits in any state, for tests that begin in the middle of a credit's life."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import Any

from goodword.domain.credits.credit import LEASE, STATES, Attempt, Credit, Posted, Reverses
from goodword.domain.reason import Reason


def altered(held: Credit, /, status: str | None = None, **data: Any) -> Credit:
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
        "since": held.earned_at,
        "lease_until": held.earned_at + LEASE,
        "token": "tk_1",
        "transaction": "cbtxn_1",
        "at": held.earned_at,
        "mark": held.mark,
    }
    kind = type(held.state) if status is None else STATES[status]
    if kind.status == "reversed":
        needed["posted"] = _part(Posted, held.posted, data, needed)
    changes: dict[str, Any] = {"state": _part(kind, held.state, data, needed)}
    changes["attempt"] = _part(Attempt, held.attempt, data, {})
    if held.reverses is not None and "reverses" not in data:
        changes["reverses"] = _part(Reverses, held.reverses, data, {}, but=("credit",))
    return replace(held, **changes, **data)


def _part(
    kind: Any, held: Any, data: dict[str, Any], needed: dict[str, Any], but: tuple[str, ...] = ()
) -> Any:
    own = [each for each in fields(kind) if each.name not in but]
    given = {each.name: data.pop(each.name) for each in own if each.name in data}
    if isinstance(held, kind):
        return replace(held, **given)
    lacks = (each for each in own if each.default is MISSING or each.name == "mark")
    return kind(**{each.name: needed[each.name] for each in lacks if each.name in needed} | given)
