"""Salesforce's record ids: fifteen case-sensitive characters, or eighteen case-insensitive ones.

The last three characters spell, five bits each, which of the fifteen are capitals. Both spellings
name one record and both come in practice, so all ids are brought to eighteen. The first three
characters name the type. Source: help.salesforce.com, "What is the difference between a
15-character and an 18-character ID".
"""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[A-Za-z0-9]{15}([A-Z0-5]{3})?")
_SPELLING = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SOBJECT_BY_PREFIX = {"001": "Account", "003": "Contact", "006": "Opportunity", "00Q": "Lead"}


def full_id(text: str) -> str | None:
    """Return the id in eighteen characters, or None if this cannot be an id.

    What this returns is letters and digits only, and so safe inside a query.
    """
    if not _SHAPE.fullmatch(text):
        return None
    core, given = text[:15], text[15:]
    suffix = "".join(
        _SPELLING[sum(1 << place for place in range(5) if core[start + place].isupper())]
        for start in (0, 5, 10)
    )
    return core + suffix if given in ("", suffix) else None


def sobject_of(record_id: str) -> str | None:
    """Return the type that an id's first three characters name, of the four that matter here."""
    return SOBJECT_BY_PREFIX.get(record_id[:3])
