"""A connection to one CRM: which of its properties mean what here. Versioned.

The secrets live elsewhere.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Final, Literal

from goodword.domain.contact import read_size
from goodword.domain.crm_copy.amount import AmountProblem, UnreadAmount, names_currency, read_amount
from goodword.domain.crm_copy.fact import (
    CREATED,
    LONGEST_VALUE,
    Change,
    CrmEvent,
    Fact,
    ObjectRef,
)
from goodword.domain.errors import BadInput
from goodword.domain.money import is_currency
from goodword.domain.record import dataclass
from goodword.domain.stage import STAGES

KINDS = (
    "hubspot",
    "hubspot_workflow",
    "standard",
    "pipedrive",
    "salesforce_flow",
    "salesforce_outbound",
    "stripe",
)
ATTRIBUTES = (
    "stage",
    "segment",
    "company_size",
    "region",
    "product",
    "value",
    "currency",
    "existing_customer",
)
ValueProblem = Literal["not_mapped", AmountProblem]
_ANSWERS: Final = ("true", "false", "yes", "no", "1", "0")


@dataclass(frozen=True, slots=True)
class UnreadValue:
    """A value of a mapped property that means nothing here: of which object, where, and why.

    place: the property as the connection names it, such as deal.amount. The value itself is left
    out; it may be personal.
    """

    object: ObjectRef
    place: str
    problem: ValueProblem

    @property
    def is_unreadable(self) -> bool:
        """Tell whether no mapping can read the value, so that its sender has to change it."""
        return self.problem != "not_mapped"


@dataclass(frozen=True, slots=True)
class PropertyMapping:
    """What one property of one kind of object means here.

    attribute: one of ATTRIBUTES. values: the CRM's value to ours; for the stage every value that is
    to count must be listed; for the others an unlisted value is taken as it is.
    """

    attribute: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Connection:
    """One CRM connection at one version.

    programs: whose referrals its events may concern. properties: named "deal.dealstage" (kind,
    point, property). api_base: where the CRM is asked for what events do not carry.
    referral_property: which property carries our id, empty for the CRM's default here. currency: of
    deal values that come without one.
    """

    connection: str
    version: int
    kind: str
    programs: tuple[str, ...]
    properties: dict[str, PropertyMapping]
    api_base: str = ""
    referral_property: str = ""
    currency: str = ""
    applied_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadInput(
                f"{self.kind!r} is no kind of CRM",
                where="kind",
                remedy=f"Use one of: {', '.join(KINDS)}.",
            )
        for name, mapping in self.properties.items():
            _check_mapping(name, mapping)

    def interpret(
        self, referral: str, event: CrmEvent, object_: ObjectRef | None = None
    ) -> Fact | None:
        """Turn an event into a fact of the referral, or None where nothing here depends on it.

        An emptied property is a fact without a value. When a deal was created is always a fact.
        """
        ref = object_ or event.object
        mapping = self.properties.get(f"{ref.kind}.{event.property}")
        if (ref.kind, event.property) == ("deal", CREATED):
            mapping = PropertyMapping("created")
        value = None if mapping is None else self._meaning(mapping, event.value)
        if mapping is None or value is None:
            return None
        changes = (Change(event.version, value),) if len(value) <= LONGEST_VALUE else ()
        return Fact(
            referral,
            ref,
            event.property,
            mapping.attribute,
            value,
            event.value or "",
            event.version,
            self.version,
            changes,
        )

    def _meaning(self, mapping: PropertyMapping, raw: str | None) -> str | None:
        """Return what a value means, empty for none; None for a stage that is not mapped."""
        if raw is None:
            return ""
        value = mapping.values.get(raw)
        if value is None:
            if mapping.attribute == "stage":
                return None
            value = raw
        if mapping.attribute == "value" and self.currency and not names_currency(value):
            return f"{value} {self.currency}"
        return value

    def unread(self, event: CrmEvent) -> UnreadValue | None:
        """Return what this connection cannot read of an event; None where it reads all.

        An amount without a currency is not unreadable: its currency may be a property of its own.
        """
        place = f"{event.object.kind}.{event.property}"
        mapping = self.properties.get(place)
        if mapping is None or event.value is None:
            return None
        problem = _problem(mapping, event.value, self.currency)
        return None if problem is None else UnreadValue(event.object, place, problem)


def _problem(mapping: PropertyMapping, raw: str, currency: str) -> ValueProblem | None:
    """Say why a value means nothing here, or None where it means something."""
    value = mapping.values.get(raw)
    if value is None and mapping.attribute == "stage":
        return "not_mapped"
    value = raw if value is None else value
    if mapping.attribute == "value":
        amount = read_amount(value, currency)
        found = amount.problem if isinstance(amount, UnreadAmount) else None
        return None if found == "currency_missing" else found
    if mapping.attribute == "currency" and not is_currency(value.strip().upper()):
        return "currency_unknown"
    if mapping.attribute == "company_size" and not read_size(value):
        return "not_mapped"
    if mapping.attribute == "existing_customer" and value.lower() not in _ANSWERS:
        return "not_mapped"
    return None


def _check_mapping(name: str, mapping: PropertyMapping) -> None:
    where = f"properties.{name}"
    kind, point, rest = name.partition(".")
    if kind not in ("contact", "company", "deal", "referral") or not point or not rest:
        raise BadInput(
            f"{name!r} is not kind.property", where=where, remedy='Write it like "deal.dealstage".'
        )
    if mapping.attribute not in ATTRIBUTES:
        raise BadInput(
            f"{mapping.attribute!r} is nothing that a program can ask for",
            where=f"{where}.attribute",
            remedy=f"Use one of: {', '.join(ATTRIBUTES)}.",
        )
    if mapping.attribute == "stage":
        for raw, stage in mapping.values.items():
            if stage not in STAGES:
                raise BadInput(
                    f"{stage!r} is no stage",
                    where=f"{where}.values.{raw}",
                    remedy=f"Use one of: {', '.join(STAGES)}.",
                )
