"""The wiring of app.py modules: clients with explicit time-outs, stores, secrets, the clock.

Each function loads this module, so an import that only some need is made where it is used. A client
is built at its first use: it costs a quarter of a cold start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.session import Session, get_session

from goodword.domain.errors import NotReady
from goodword.domain.record import dataclass
from goodword.ids import NewIds
from goodword.secrets.parameters import Parameters
from goodword.store.open import open_stores

if TYPE_CHECKING:
    from goodword.domain.access.keyring import Keyring
    from goodword.domain.crm_copy.connection import Connection
    from goodword.ports.services import Crm, CrmLookup
    from goodword.ports.stores import Stores
    from goodword.queue.event_bus import EventBridgeBus
    from goodword.queue.sqs import SqsQueue
    from goodword.steps.crm_copy.apply_event import ApplyEventDeps
    from goodword.steps.links.create_link import CreateLinkDeps
    from goodword.steps.referrals.evaluation import QualifyDeps


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """The services of most functions; each function's role limits which of them it may use."""

    stores: Stores
    secrets: Parameters
    new_id: NewIds
    environ: Mapping[str, str]
    session: Session
    # The lookup of each connection, cached by its settings: a lookup may keep the session that it
    # opened.
    lookups: dict[tuple[str, int, str], CrmLookup] = field(
        default_factory=dict, repr=False, compare=False
    )

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return utc_now()

    def identity_key(self) -> str:
        """Return the key for hashes of personal data."""
        return self.secrets.get("keys/identities")

    def address_key(self) -> str:
        """Return the key for hashes of a day's addresses."""
        return self.secrets.get("keys/addresses")

    def cursor_key(self) -> str:
        """Return the key that signs cursors."""
        return self.secrets.get("keys/cursors")

    def session_keys(self) -> Keyring:
        """Return the keys that sign sessions and links of mails, read again every few minutes."""
        from goodword.domain.access.keyring import read_keyring

        return read_keyring(self.secrets.get("keys/sessions"))

    def public_url(self) -> str:
        """Return the public address of this deployment, without a slash at its end."""
        return self.secrets.get("public_url").rstrip("/")

    def enqueue(self) -> SqsQueue:
        """Return the function that enqueues a credit."""
        from goodword.queue.sqs import SqsQueue

        return SqsQueue(_Client(self.session, "sqs"), self.environ["CREDIT_QUEUE_URL"])

    def enqueue_mail(self) -> SqsQueue:
        """Return the function that enqueues a mail."""
        from goodword.queue.sqs import SqsQueue

        return SqsQueue(_Client(self.session, "sqs"), self.environ["MAIL_QUEUE_URL"])

    def event_bus(self) -> EventBridgeBus:
        """Return the publisher of events."""
        from goodword.queue.event_bus import EventBridgeBus

        return EventBridgeBus(_Client(self.session, "events"), self.environ["EVENT_BUS_NAME"])

    def mail_client(self) -> Any:
        """Build a client of SES that makes one attempt.

        A retry after a lost answer could send a second mail.
        """
        return _Client(self.session, "sesv2", read_seconds=10, attempts=1)

    def qualifying(self) -> QualifyDeps:
        """Return the dependencies of qualifying."""
        from goodword.steps.referrals.evaluation import QualifyDeps

        return QualifyDeps(self.stores, self.now, self.new_id, self.enqueue())

    def linking(self) -> CreateLinkDeps:
        """Return the dependencies of creating links."""
        from goodword.steps.links.create_link import CreateLinkDeps

        return CreateLinkDeps(
            public_url=self.public_url(),
            address_key=self.address_key(),
            stores=self.stores,
            now=self.now,
            new_id=self.new_id,
        )

    def applying(self) -> ApplyEventDeps:
        """Return the dependencies of applying events."""
        from goodword.crm.stripe.webhook import accounts, question
        from goodword.steps.crm_copy.apply_event import ApplyEventDeps

        return ApplyEventDeps(
            self.qualifying(),
            _crm_of,
            self._lookup,
            self.identity_key(),
            accounts,
            is_question=lambda body: question(body) is not None,
            ask=self.enqueue().surely,
        )

    def _lookup(self, connection: Connection) -> CrmLookup:
        from goodword.crm.lookup import lookup_for

        token = self._token(connection.connection) if connection.api_base else ""
        key = (connection.connection, connection.version, token)
        if key not in self.lookups:
            self.lookups[key] = lookup_for(
                connection.kind if connection.api_base else "standard",
                connection.api_base,
                token,
                connection.connection,
                referral_property=connection.referral_property or None,
                properties=tuple(name.partition(".")[2] for name in connection.properties),
            )
        return self.lookups[key]

    def _token(self, connection: str) -> str:
        """Return the CRM's token; raise NotReady without it: events wait, and an alarm fires."""
        try:
            return self.secrets.get(f"connections/{connection}/token")
        except NotReady:
            raise NotReady(
                f"connection {connection} has an api_base and no token; "
                f"`goodword secrets set {connection} --token` writes it"
            ) from None


def _crm_of(connection: Connection) -> Crm:
    from goodword.crm import crm_for

    return crm_for(connection.kind, referral_property=connection.referral_property or None)


def open_services(environ: Mapping[str, str]) -> Services:
    """Build the clients and stores from the function's environment."""
    session = get_session()
    stores = open_stores(environ["TABLE_PREFIX"], environ["AWS_REGION"], session)
    secrets = Parameters(_Client(session, "ssm"), environ["SECRETS_PREFIX"], utc_now)
    return Services(stores, secrets, NewIds(), environ, session)


class _Client:
    """A client of one service, built at its first use.

    One try takes at most two seconds more than its read time-out.
    """

    def __init__(
        self, session: Session, service: str, *, read_seconds: int = 5, attempts: int = 3
    ) -> None:
        self._session = session
        self._service = service
        self._read_seconds = read_seconds
        self._attempts = attempts
        self._built: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._built is None:
            # botocore's own session, which pynamodb has loaded already; boto3 would be loaded in
            # addition.
            from botocore.config import Config

            config = Config(
                connect_timeout=2,
                read_timeout=self._read_seconds,
                retries={"total_max_attempts": self._attempts, "mode": "standard"},
            )
            self._built = self._session.create_client(self._service, config=config)
        return getattr(self._built, name)
