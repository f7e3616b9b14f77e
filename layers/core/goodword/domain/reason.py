"""A reason: why something is as it is, as a code with typed arguments. Sentences are made in messages/.

Each noun declares its codes in a `Vocabulary`, with the kind of every argument. The kind says how
an argument is stored, whether it may leave the timeline, and how messages/ writes it for a reader:

    amount      Money                   an amount with its currency
    currency    str, ISO code           as it is
    day         date                    a day of the program's time zone
    time        datetime, UTC           a time
    count       int                     a number of things
    stage, milestone, attribute, field, status
                str, or a tuple         a name of ours that every language has a label for
    text        str, or a tuple         what a person or a CRM wrote; shown as written, never sent on
    invoice     str                     an invoice, as the account finds it
    id          str, or a tuple         an id of ours or of a vendor; for programs, not for readers
    reason      Reason                  one more reason
    reasons     tuple of Reason         several, side by side
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Final, Literal, Union

from goodword.domain.money import Money
from goodword.domain.record import dataclass

ArgumentKind = Literal[
    "amount",
    "currency",
    "day",
    "time",
    "count",
    "stage",
    "milestone",
    "attribute",
    "field",
    "status",
    "text",
    "invoice",
    "id",
    "reason",
    "reasons",
]
Vocabulary = Mapping[str, Mapping[str, ArgumentKind]]
Argument = Union[str, int, Money, date, datetime, tuple[str, ...], "Reason", tuple["Reason", ...]]

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "amount": (Money,),
    "time": (datetime,),
    "count": (int,),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is as it is. code: of one noun's vocabulary. args.

    By name, of the declared kinds.
    """

    code: str
    args: Mapping[str, Argument] = field(default_factory=dict)


def fits(kind: ArgumentKind, value: object) -> bool:
    """Return whether a value may be an argument of this kind."""
    if kind == "reason":
        return isinstance(value, Reason)
    if kind == "reasons":
        return isinstance(value, tuple) and all(isinstance(each, Reason) for each in value)
    if kind == "day":  # a time is a date, too, for Python
        return isinstance(value, date) and not isinstance(value, datetime)
    if kind in _TYPES:
        return isinstance(value, _TYPES[kind]) and not isinstance(value, bool)
    if isinstance(value, tuple):
        return kind not in ("currency", "invoice") and all(isinstance(each, str) for each in value)
    return isinstance(value, str)
