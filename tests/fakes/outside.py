"""The outside without Stripe: a CRM, its lookup, secrets, the message.

What people type.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from goodword.domain.contact import canonical_address
from goodword.domain.crm_copy.fact import CrmEvent, CrmObject, ObjectRef
from goodword.domain.envelope import Envelope
from goodword.domain.errors import BadInput, Forged, NotReady, Unavailable, Unreadable
from goodword.ports.services import SecretPair, WebhookRequest


class FakeEnqueue(list[str]):
    """Record the enqueued credits. lost: as if no call ever arrived."""

    lost = False

    def __call__(self, credit: str) -> None:
        if not self.lost:
            self.append(credit)


class FakeEventBus:
    """Remember what was published. refuses: ids of events that it does not take."""

    def __init__(self) -> None:
        self.published: list[Envelope] = []
        self.refuses: set[str] = set()

    def publish(self, envelopes: Sequence[Envelope]) -> frozenset[str]:
        refused = {each.id for each in envelopes} & self.refuses
        self.published += [each for each in envelopes if each.id not in refused]
        return frozenset(refused)


class FakeSecrets(dict[str, SecretPair]):
    """Give the secrets that were put in by name."""

    def get(self, name: str) -> str:  # type: ignore[override]
        return self.pair(name).current

    def pair(self, name: str) -> SecretPair:
        if name not in self:
            raise NotReady(f"there is no secret {name}")
        return self[name]


class FakeCrm:
    """A CRM whose signature is the secret itself, and whose bodies name what it once said."""

    def __init__(self) -> None:
        self.said: dict[bytes, tuple[CrmEvent | Unreadable, ...]] = {}

    def says(self, *events: CrmEvent | Unreadable) -> bytes:
        """Return a body that reads as these events."""
        body = f"body-{len(self.said) + 1}".encode()
        self.said[body] = events
        return body

    def verify(self, request: WebhookRequest, secrets: SecretPair, now: datetime) -> None:
        if request.headers.get("signature") not in secrets.both():
            raise Forged("the signature does not hold", where="signature", remedy="Sign it.")

    def delivery_id(self, request: WebhookRequest) -> str:
        return request.headers["id"]

    def read(self, body: bytes, connection: str) -> tuple[CrmEvent | Unreadable, ...]:
        if body not in self.said:
            raise Unreadable("the body is not of this CRM", where="body", remedy="Send another.")
        return self.said[body]

    def acknowledge(self) -> tuple[str, str]:
        return "text/plain", "thanks"


class FakeLookup:
    """Answer from the objects that were put in. down: the CRM does not answer at all."""

    def __init__(self) -> None:
        self.objects: dict[ObjectRef, CrmObject] = {}
        self.asked: list[ObjectRef] = []
        self.down = False

    def put(self, there: CrmObject) -> None:
        """Let the CRM hold this object."""
        self.objects[there.object] = there

    def look_up(self, ref: ObjectRef) -> CrmObject | None:
        self.asked.append(ref)
        if self.down:
            raise Unavailable("the CRM does not answer")
        return self.objects.get(ref)


class FakeContacts:
    """Read what people type: an e-mail in canonical form, all else as it is."""

    def email(self, text: str) -> str:
        address = canonical_address(text)
        if address is None:
            raise BadInput("this is no e-mail address", where="email", remedy="Write it in full.")
        return address

    def phone(self, text: str, region: str) -> str:
        return text.strip()

    def name(self, text: str) -> str:
        return text.strip()

    def disposable(self, email: str) -> bool:
        return email.endswith("@throwaway.example")
