"""What steps need beside the stores: time, ids, secrets, queues, the CRM, Stripe and mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from goodword.domain.record import dataclass

if TYPE_CHECKING:
    from goodword.domain.credits.posting import (
        BalanceTransaction,
        BillingCustomer,
        CreditedInvoice,
        Posting,
        SendResult,
    )
    from goodword.domain.crm_copy.fact import (
        CrmEvent,
        CrmObject,
        ObjectRef,
    )
    from goodword.domain.envelope import Envelope
    from goodword.domain.errors import Unreadable
    from goodword.domain.mails.mail import Letter, Sending
    from goodword.domain.programs.brand import Brand


class Clock(Protocol):
    """Tell the time, in UTC."""

    def __call__(self) -> datetime: ...


class NewId(Protocol):
    """Make ids and secrets from a cryptographic source; the one seam of chance."""

    def __call__(self, prefix: str) -> str:
        """Return a new id such as rf_…; 22 characters after the prefix."""
        ...

    def code(self) -> str:
        """Return a new link code."""
        ...

    def secret(self) -> str:
        """Return a new secret of 40 letters and digits."""
        ...


@dataclass(frozen=True, slots=True)
class SecretPair:
    """A secret during rotation: what is valid now, and what was valid before, if it still is."""

    current: str
    previous: str | None = None

    def both(self) -> tuple[str, ...]:
        """Return the secrets that hold now, the current one first."""
        return (self.current,) if self.previous is None else (self.current, self.previous)


class Secrets(Protocol):
    """Give secrets and settings by name; those of a rotation come as a pair."""

    def get(self, name: str) -> str:
        """Return the secret; raise NotReady if it is not there."""
        ...

    def pair(self, name: str) -> SecretPair:
        """Return the current and, during a rotation, the previous secret.

        Raise NotReady without any.
        """
        ...


class Enqueue(Protocol):
    """Enqueue a message: a credit to post, an account to look at, or a mail to send.

    A lost call costs only time: the sweep finds the credit or the mail, the audit the account.
    Where nothing would look for what is lost, the function raises Unavailable.
    """

    def __call__(self, message: str) -> None: ...


class EventBus(Protocol):
    """Publish events to those who subscribe."""

    def publish(self, envelopes: Sequence[Envelope]) -> frozenset[str]:
        """Publish events, each at least once; return the ids of those that were not taken.

        An answer that is lost counts as not taken. Nothing is raised.
        """
        ...


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One webhook request as it came in.

    url: the configured public address with the raw path and query, never rebuilt from the Host
    header. headers: lower-case names. body: the raw bytes, after the gateway's base64 is undone.
    """

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


class Crm(Protocol):
    """One CRM's way of speaking: how it signs, what its events say, how it is asked."""

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
        """Check the signature over the raw body in constant time.

        Raise Forged if it does not hold.
        """
        ...

    def delivery_id(self, request: WebhookRequest) -> str:
        """Return what tells this delivery from others; a redelivery of the same has the same."""
        ...

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent | Unreadable, ...]:
        """Read the events of a verified body; raise Unreadable if it is not this CRM's shape.

        What cannot be read by itself, such as one record of several, comes as its error beside the
        others.
        """
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
        """Return the Stripe customer, or None if there never was one.

        Raise Unavailable on a time-out.
        """
        ...

    def send(self, posting: Posting) -> SendResult:
        """Make the balance transaction once under its key.

        Every outcome is a SendResult, none is raised.
        """
        ...

    def list_transactions(self, account: str) -> tuple[BalanceTransaction, ...]:
        """Return all balance transactions of the account, newest first, over all pages."""
        ...


class Refunds(Protocol):
    """Look up data that Stripe's refund events lack. All raise Unavailable without an answer."""

    def read_credited(self, invoice: str) -> CreditedInvoice:
        """Return the invoice with the sum of its credit notes.

        Raise NotFound if there is no such invoice.
        """
        ...

    def read_email(self, account: str) -> str:
        """Return the address of a Stripe customer; empty if it has none, or is gone."""
        ...

    def still_pays(self, account: str) -> bool:
        """Say whether a charge of the Stripe customer's stands that was not given back whole.

        Raises NotFound if there is no such customer.
        """
        ...


class Mailer(Protocol):
    """Send mails."""

    def send(self, letter: Letter) -> Sending:
        """Hand the letter over once; every outcome is a Sending, none is raised."""
        ...


class Written(Protocol):
    """A mail in words: its subject.

    The same twice, for those who see HTML and for those who do not.
    """

    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...


class WriteLetter(Protocol):
    """Put a mail into words."""

    def __call__(
        self, template: str, *, locale: str, brand: Brand, today: date, **values: Any
    ) -> Written:
        """Return the mail of this template in this language; today: which days need no year."""
        ...
