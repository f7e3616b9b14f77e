"""The world of tests/world.py in memory, with one Stripe, and short ways to act in it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from goodword.domain.access.keyring import Keyring
from goodword.domain.contact import Contact
from goodword.domain.credits.credit import Credit
from goodword.domain.crm_copy.connection import Connection
from goodword.domain.crm_copy.delivery import Delivery
from goodword.domain.crm_copy.fact import CrmEvent, ObjectRef
from goodword.domain.envelope import Envelope
from goodword.domain.errors import Unreadable
from goodword.domain.links.link import Link
from goodword.domain.links.visit import write_token
from goodword.domain.mails.mail import Mail
from goodword.domain.programs.program import Program
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.domain.timeline import Entry, referral_subject
from goodword.messages.events import event_sentence
from goodword.ports.services import SecretPair
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update
from goodword.steps.credits.post_credit import PostCreditDeps, post_credit
from goodword.steps.crm_copy.apply_event import ApplyEventDeps, apply_delivery
from goodword.steps.events.publish_events import publish_events
from goodword.steps.mails.compose_mail import ComposeMailDeps
from goodword.steps.mails.notify_referrer import notify_referrer
from goodword.steps.mails.send_mail import SendMailDeps, send_mail
from goodword.steps.referrals.evaluate_referral import evaluate_referral
from goodword.steps.referrals.evaluation import QualifyDeps
from goodword.steps.referrals.register_referral import (
    Introduction,
    Made,
    RegisterReferralDeps,
    register_referral,
)
from tests import fakes
from tests.credits import altered
from tests.world import (
    IDENTITY_KEY,
    LINK,
    REFERRER,
    SECRETS,
    SESSION_KEY,
    TERMS,
    TOKEN_KEY,
    URL,
    create_link,
    make_connection,
    make_program,
    make_referrer,
)

SESSION_KEYS = Keyring((SESSION_KEY,))


def phone_of(email: str) -> str:
    """Return a number of a prospect's own: one that two have raises a flag."""
    return f"+120255501{zlib.crc32(email.encode()) % 100:02d}"


@dataclass
class World:
    """Everything that a step needs, with short ways to put something there."""

    tables: fakes.FakeTables = field(default_factory=fakes.FakeTables)
    clock: fakes.FakeClock = field(default_factory=fakes.FakeClock)
    new_id: fakes.FakeNewId = field(default_factory=fakes.FakeNewId)
    enqueue: fakes.FakeEnqueue = field(default_factory=fakes.FakeEnqueue)
    crm: fakes.FakeCrm = field(default_factory=fakes.FakeCrm)
    lookup: fakes.FakeLookup = field(default_factory=fakes.FakeLookup)
    contacts: fakes.FakeContacts = field(default_factory=fakes.FakeContacts)
    mailer: fakes.FakeMailer = field(default_factory=fakes.FakeMailer)
    letters: fakes.FakeLetters = field(default_factory=fakes.FakeLetters)
    identity_key: str = IDENTITY_KEY

    def __post_init__(self) -> None:
        self.billing = fakes.FakeBilling(self.clock)
        self.stores: Stores = fakes.fake_stores(self.tables)
        self.qualifying = QualifyDeps(self.stores, self.clock, self.new_id, self.enqueue)
        self.applying = ApplyEventDeps(
            self.qualifying, lambda _: self.crm, lambda _: self.lookup, IDENTITY_KEY
        )
        self.posting = PostCreditDeps(self.stores, self.billing, self.clock, self.new_id)
        secrets = fakes.FakeSecrets()
        for name in ("keys/identities", "keys/sessions"):
            secrets[name] = SecretPair(SECRETS[name])
        self.writing = ComposeMailDeps(
            self.stores, self.letters, self.clock, self.new_id, secrets, URL
        )
        self.post_office = SendMailDeps(self.writing, self.mailer)

    # --- what is there ----------------------------------------------------------------------------

    def program(self, *milestones: dict[str, Any], **terms: Any) -> Program:
        """Apply the next version of the program: the demo and the deal, unless others are given."""
        stored = self.stores.programs.latest(terms.get("program", TERMS["program"]))
        version = 1 if stored is None else stored.version + 1
        made = make_program(*milestones, version=version, applied_at=self.clock(), **terms)
        self.stores.commit([Insert(made)])
        return made

    def referrer(
        self,
        name: str = REFERRER["referrer"],
        account: str = REFERRER["account"],
        currency: str = REFERRER["currency"],
        **more: Any,
    ) -> Referrer:
        """Enroll a referrer, with the account and its Stripe customer where they are new."""
        made = make_referrer(self.clock(), name, account, **more)
        self.stores.commit([Insert(made)])
        if self.stores.accounts.get(account) is None:
            self.stores.commit([Insert(Account(account, self.clock(), currency))])
            self.billing.add_customer(account, currency or "USD")
        return made

    def link(
        self, code: str = LINK["code"], referrer: str = REFERRER["referrer"], **more: Any
    ) -> Link:
        """Make a link of a referrer."""
        made = create_link(self.clock(), code=code, referrer=referrer, **more)
        self.stores.commit([Insert(made)])
        return made

    def token(
        self, code: str = LINK["code"], click: str = "click-1", at: datetime | None = None
    ) -> str:
        """Return the token of a click on a link."""
        return write_token(code, click, at or self.clock(), TOKEN_KEY)

    def connection(self, **more: Any) -> Connection:
        """Apply the next version of what the CRM's properties mean."""
        stored = self.stores.connections.latest("crm")
        version = 1 if stored is None else stored.version + 1
        made = make_connection(self.clock(), version=version, **more)
        self.stores.commit([Insert(made)])
        return made

    def made(self, email: str = "pat@practice.example", referrer: str = "ana", **more: Any) -> Made:
        """Try to make a referral of this prospect."""
        contact = {"name": "Pat", "phone": phone_of(email)} | more.pop("contact", {})
        stored = self.stores.referrers.get(referrer)
        program = self.stores.programs.latest(more.pop("program", "peers"))
        assert stored is not None
        assert program is not None
        introduction = Introduction(
            stored, Contact(email=email, **contact), program, **({"source": "verbal"} | more)
        )
        return register_referral(
            introduction,
            deps=RegisterReferralDeps(
                identity_key=IDENTITY_KEY, stores=self.stores, now=self.clock, new_id=self.new_id
            ),
        )

    def referral(
        self, email: str = "pat@practice.example", referrer: str = "ana", **more: Any
    ) -> str:
        """Make a referral and return its id."""
        return self.made(email, referrer, **more).referral.referral

    # --- what happens -----------------------------------------------------------------------------

    def event(self, value: str | None = None, property: str = "stage", **more: Any) -> CrmEvent:
        """Return an event of deal 77, of Pat unless other e-mails are given."""
        kind = more.pop("kind", "deal")
        ref = ObjectRef("crm", kind, more.pop("id", "77"))
        given = {"version": self.clock(), "emails": ("pat@practice.example",)} | more
        said = f"crm {value}" if property == "stage" and value is not None else value
        return CrmEvent(ref, property, said, **given)

    def deliver(self, *events: CrmEvent | Unreadable, name: str | None = None) -> str:
        """Store a delivery of these events, apply it and return the outcome."""
        return self.deliver_to("crm", *events, name=name)

    def deliver_to(
        self, connection: str, *events: CrmEvent | Unreadable, name: str | None = None
    ) -> str:
        """Store a delivery to a connection, apply it and return the outcome."""
        delivery = name or self.new_id("delivery")
        body = self.crm.says(*events).decode()
        self.stores.inbox.put(Delivery(delivery, connection, body, self.clock()))
        return apply_delivery(delivery, deps=self.applying)

    def stage(self, stage: str, **more: Any) -> str:
        """Let a moment pass and the CRM report this stage of deal 77."""
        self.clock.advance(minutes=1)
        return self.deliver(self.event(stage, **more))

    def qualify(self, referral: str, **more: Any) -> None:
        """Judge a referral again."""
        evaluate_referral(referral, deps=self.qualifying, **more)

    def post(self, credit: str) -> str:
        """Post a credit and return the outcome."""
        return post_credit(credit, deps=self.posting)

    def mails(self) -> list[Mail]:
        """Return every mail."""
        return self.tables.all(Mail)

    def publish(self) -> list[Envelope]:
        """Publish every entry of every timeline, and return the events."""
        bus = fakes.FakeEventBus()
        publish_events(self.entries(), bus=bus)
        return bus.published

    def notify(self) -> list[str]:
        """Publish every entry, and let the subscriber that notifies referrers handle each event."""
        return [
            notify_referrer(each, stores=self.stores, now=self.clock) for each in self.publish()
        ]

    def send(self) -> list[str]:
        """Hand every mail to its sender, and return the outcome."""
        return [
            send_mail(each.recipient, each.mail, deps=self.post_office) for each in self.mails()
        ]

    # --- the outcome --------------------------------------------------------------------------

    def credits(self) -> dict[str, Credit]:
        """Return all credits by referral and milestone, or by milestone for one referral."""
        found = [each for each in self.tables.all(Credit) if each.kind == "credit"]
        alone = len({each.referral for each in found}) < 2
        return {
            each.milestone if alone else f"{each.referral}/{each.milestone}": each for each in found
        }

    def credit(self, milestone: str = "demo") -> Credit:
        """Return the one credit of a milestone."""
        return self._row("credit", milestone)

    def again(self, milestone: str = "demo") -> Credit:
        """Return the newest credit of a milestone whose first one was taken back."""
        rows = [
            each for each in self.tables.all(Credit) if each.milestone == milestone and each.follows
        ]
        return max(rows, key=lambda each: each.credit)

    def reversal(self, milestone: str = "demo") -> Credit:
        """Return the one row that takes the credit of a milestone back."""
        return self._row("reversal", milestone)

    def _row(self, kind: str, milestone: str) -> Credit:
        rows = self.tables.all(Credit)
        (found,) = (
            each
            for each in rows
            if (each.kind, each.milestone, each.follows) == (kind, milestone, "")
        )
        return found

    def change_credit(self, milestone: str = "demo", **changes: Any) -> Credit:
        """Put a credit into another state, as something before the test would have."""
        stored = self.credit(milestone)
        changed = altered(stored, revision=stored.revision + 1, **changes)
        self.stores.commit([Update(changed)])
        return changed

    def kept(self, referral: str) -> Referral:
        """Return a referral as it is stored."""
        stored = self.stores.referrals.get(referral)
        assert stored is not None
        return stored

    def kinds(self, referral: str) -> list[str]:
        """Return the kinds of the timeline's entries in order."""
        return [each.event.kind for each in self.timeline(referral)]

    def sentences(self, referral: str) -> list[str]:
        """Return the sentences of the timeline in order."""
        return [str(event_sentence(each.event)) for each in self.timeline(referral)]

    def timeline(self, referral: str) -> tuple[Entry, ...]:
        """Return the entries of a referral in order."""
        return self.stores.timeline.list_by_subject(referral_subject(referral), 1000).items

    def entries(self) -> list[Entry]:
        """Return every entry of every timeline."""
        return self.tables.all(Entry)

    def sums(self, account: str = "cus_1") -> dict[str, int]:
        """Return the sums of an account that are not zero."""
        return {
            name: total
            for name, total in self.stores.counts.of(f"account#{account}").items()
            if total
        }


def limited(*milestones: dict[str, Any], **limits: Any) -> World:
    """Give a world whose program has these milestones and limits."""
    world = World()
    world.program(*milestones, limits=limits)
    world.referrer()
    world.connection()
    return world
