"""Labels of names for readers: stages, fields, attributes, statuses, milestones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goodword.messages.sentence import Sentence, Value, side_by_side

STAGES: Final[Mapping[str, str]] = {
    "new": "new",
    "contacted": "contacted",
    "demo_booked": "demo booked",
    "demo_attended": "demo attended",
    "proposal": "proposal made",
    "won": "won",
    "lost": "lost",
    "refunded": "refunded",
}
FIELDS: Final[Mapping[str, str]] = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "company": "company",
}
ATTRIBUTES: Final[Mapping[str, str]] = {
    "segment": "segment",
    "region": "region",
    "product": "product",
    "company_size": "company size",
}
# Common milestones, as they are named in a sentence.
MILESTONES: Final[Mapping[str, str]] = {
    "demo": "demo",
    "deal": "deal",
    "contact": "contact",
    "meeting": "meeting",
    "trial": "trial",
}
STATUSES: Final[Mapping[str, str]] = {
    # answers
    "met": "met",
    "not_met": "not met",
    "not_yet": "not yet",
    "never": "no longer possible",
    # sources of referrals
    "link": "by a link",
    "form": "entered by a referrer, who attested that they may",
    "verbal": "entered by the sales team",
    "crm": "from the CRM",
    "import": "imported",
    # statuses of credits
    "pending": "waiting for its date",
    "held": "waiting for a decision",
    "sending": "on its way",
    "posted": "on the balance",
    "over_limit": "over the limit",
    "canceled": "canceled",
    "reversed": "taken back",
    # the standing of a Stripe customer's subscription
    "good": "in good standing",
    "past_due": "past due",
    "ended": "no longer active",
    # kinds of objects at a CRM
    "contact": "contact",
    "company": "company",
    "deal": "deal",
    "referral": "referral",
}
LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "stage": STAGES,
    "field": FIELDS,
    "attribute": ATTRIBUTES,
    "milestone": MILESTONES,
    "status": STATUSES,
}


def label(kind: str, name: str) -> Sentence:
    """Return the label of a name.

    A name from a program file is shown without underscores.
    """
    known = LABELS[kind].get(name)
    if known is not None:
        return Sentence(known)
    return Sentence("%(name)s", {"name": name.replace("_", " ")})


def labels(kind: str, names: tuple[str, ...]) -> Sentence:
    """Return the labels of several names."""
    called: list[Value] = [label(kind, name) for name in names]
    return side_by_side(called, ", ")


def milestone_label(name: str) -> Sentence:
    """Return the label of a milestone."""
    return label("milestone", name)


def status_label(name: str) -> Sentence:
    """Return the label of a status."""
    return label("status", name)
