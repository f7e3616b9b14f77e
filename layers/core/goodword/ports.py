"""What the steps need of the outside, as Protocols: the stores, the CRM, Stripe, the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from goodword.domain.fact import CrmEvent, CrmObject, ObjectRef, SecretPair, WebhookRequest
from goodword.domain.posting import BalanceTransaction, BillingCustomer, Posting, SendResult


class Clock(Protocol):
    """Tell the time, in UTC."""

    def __call__(self) -> datetime: ...


class Crm(Protocol):
    """One CRM's way of speaking: how it signs, what its events say, how it is asked."""

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
        """Check the signature over the raw body in constant time; raise Forged if it does not hold."""
        ...

    def delivery_id(self, request: WebhookRequest) -> str:
        """Return what tells this delivery from others; a redelivery of the same has the same."""
        ...

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent, ...]:
        """Read the events of a verified body; raise Unreadable if it is not this CRM's shape."""
        ...

    def acknowledge(self) -> tuple[str, str]:
        """Return the content type and the body with which this CRM wants to be answered."""
        ...


class CrmLookup(Protocol):
    """Ask a CRM for what its events do not carry."""

    def look_up(self, ref: ObjectRef) -> CrmObject | None:
        """Return the object with its properties and its contacts' e-mails, or None if it is gone.

        Raises Unavailable when the CRM does not answer in time, so that the event is tried again.
        """
        ...


class Billing(Protocol):
    """Speak to Stripe about an account's balance."""

    def read_customer(self, account: str) -> BillingCustomer | None:
        """Return the Stripe customer, or None if there never was one; raise Unavailable on a time-out."""
        ...

    def send(self, posting: Posting) -> SendResult:
        """Make the balance transaction once under its key; every outcome is a SendResult, none is raised."""
        ...

    def list_transactions(self, account: str) -> tuple[BalanceTransaction, ...]:
        """Return all balance transactions of the account, newest first, over all pages."""
        ...
