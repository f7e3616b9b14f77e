"""Read SES's events of mails that bounced or were complained about.

Source: the SES developer guide, "Examples of event data that Amazon SES publishes"; the same
through EventBridge (as `detail`) and SNS. Only a permanent bounce stops mail: a full mailbox may
accept mail tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from goodword.domain.contact import canonical_addresses

Feedback = tuple[str, Literal["bounced", "complained"]]


def read_feedback(detail: Mapping[str, Any]) -> tuple[Feedback, ...]:
    """Return the addresses that must get no more mail, with the reason; empty for other events."""
    kind = detail.get("eventType")
    if kind == "Bounce" and _part(detail, "bounce").get("bounceType") == "Permanent":
        return tuple(
            (each, "bounced") for each in _addresses(detail, "bounce", "bouncedRecipients")
        )
    if kind == "Complaint":
        return tuple(
            (each, "complained") for each in _addresses(detail, "complaint", "complainedRecipients")
        )
    return ()


def _part(detail: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    stored = detail.get(name)
    return stored if isinstance(stored, Mapping) else {}


def _addresses(detail: Mapping[str, Any], part: str, name: str) -> Iterable[str]:
    """Yield each address, without the display name and brackets that a mail server may add."""
    for each in _part(detail, part).get(name) or ():
        yield from canonical_addresses(str(each.get("emailAddress", "")))
