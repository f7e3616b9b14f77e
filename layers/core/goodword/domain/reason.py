"""A reason: the cause of a state, as a code with typed arguments. messages/ makes the sentences.

Each noun declares its codes in a `Vocabulary`, with the kind of every argument. The kind says how
an argument is stored, whether it may leave the timeline, and how messages/ writes it for a reader:

    amount      Money                   an amount with its currency
    currency    str, ISO code           unchanged
    day         date                    a day of the program's time zone
    time        datetime, UTC           a time
    count       int                     a number of things
    stage, milestone, attribute, field, status
                str, or a tuple         a name in this program with a label in every language
    text        str, or a tuple         from a person or a CRM; shown as written, never published
    invoice     str                     an invoice number, as on the account's invoice
    id          str, or a tuple         an id here or of a vendor; for programs, not for readers
    reason      Reason                  a nested reason
    reasons     tuple of Reason         several reasons of equal rank
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
    """The cause of a state.

    code: of one noun's vocabulary. args: by name, of the declared kinds.
    """

    code: str
    args: Mapping[str, Argument] = field(default_factory=dict)


def fits(kind: ArgumentKind, value: object) -> bool:
    """Return whether a value may be an argument of this kind."""
    if kind == "reason":
        return isinstance(value, Reason)
    if kind == "reasons":
        return isinstance(value, tuple) and all(isinstance(each, Reason) for each in value)
    if kind == "day":  # in Python a datetime is a date, too
        return isinstance(value, date) and not isinstance(value, datetime)
    if kind in _TYPES:
        return isinstance(value, _TYPES[kind]) and not isinstance(value, bool)
    if isinstance(value, tuple):
        return kind not in ("currency", "invoice") and all(isinstance(each, str) for each in value)
    return isinstance(value, str)
