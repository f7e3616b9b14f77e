"""The stores that steps read, one per table. Reads are consistent, except those of an index."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from goodword.domain.record import dataclass

T_co = TypeVar("T_co", covariant=True)

if TYPE_CHECKING:
    from goodword.domain.access.api_key import AccessKey
    from goodword.domain.access.idempotency import Request
    from goodword.domain.access.staff import Staff
    from goodword.domain.access.token import Token
    from goodword.domain.credits.audit import Audit
    from goodword.domain.credits.credit import Credit, Status, WorkList
    from goodword.domain.credits.ledger import LedgerEntry
    from goodword.domain.crm_copy.connection import Connection
    from goodword.domain.crm_copy.delivery import Delivery, Unmatched
    from goodword.domain.crm_copy.fact import (
        Fact,
    )
    from goodword.domain.identity import Identity
    from goodword.domain.links.click import Kind
    from goodword.domain.links.link import Link
    from goodword.domain.mails.mail import Mail
    from goodword.domain.programs.program import Program
    from goodword.domain.reason import Reason
    from goodword.domain.referrals.referral import Referral
    from goodword.domain.referrals.search_term import SearchTerm
    from goodword.domain.referrers.referrer import Account, Referrer
    from goodword.domain.timeline import Entry
    from goodword.ports.writes import Commit


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """One page of a list. more: where the next page begins, or None at the end."""

    items: tuple[T_co, ...]
    more: str | None = None


class Programs(Protocol):
    """The versions of every program."""

    def get(self, program: str, version: int) -> Program | None: ...
    def latest(self, program: str) -> Program | None: ...
    def at(self, program: str, when: datetime) -> Program | None:
        """Return the version that was in force at this time.

        The newest applied no later than then.
        """
        ...


class Connections(Protocol):
    """The versions of every CRM connection."""

    def latest(self, connection: str) -> Connection | None: ...


class Keys(Protocol):
    """The keys to /v1."""

    def get(self, key: str) -> AccessKey | None: ...
    def list_newest(self, limit: int, after: str | None = None) -> Page[AccessKey]:
        """Return all keys, the newest first, from the index."""
        ...


class Accounts(Protocol):
    """The billing accounts."""

    def get(self, account: str) -> Account | None: ...


class Referrers(Protocol):
    """The people who recommend."""

    def get(self, referrer: str) -> Referrer | None: ...
    def list_newest(self, limit: int, after: str | None = None) -> Page[Referrer]:
        """Return all referrers, newest first, from the index."""
        ...


class Links(Protocol):
    """The links that referrers share."""

    def get(self, code: str) -> Link | None: ...
    def get_many(self, codes: Iterable[str]) -> dict[str, Link]:
        """Return those of these that are there, by code, maybe a moment old.

        A hundred are one read.
        """
        ...

    def list_by_referrer(self, referrer: str) -> tuple[Link, ...]:
        """Return the referrer's links, from the index."""
        ...


class Counts(Protocol):
    """Sums by subject and bucket."""

    def of(self, subject: str) -> dict[str, int]:
        """Return all counts of a subject, bucket to number."""
        ...

    def clicks(self, code: str, first: str, last: str) -> dict[Kind, int]:
        """Return the clicks on a link by kind, from the first day to the last, both included."""
        ...

    def add_clicks(
        self, code: str, day: str, shard: str, clicks: Sequence[tuple[int, Kind]]
    ) -> int:
        """Add the clicks of a link on one day, in one write; return how many are new.

        clicks: the number of each in the order of its shard of the stream, and who clicked. A click
        up to the last counted number of its shard is not counted again, in any batch.
        """
        ...


class Visits(Protocol):
    """What one source did on one day."""

    def count(self, source: str, until: datetime) -> int:
        """Count one visit of a source and return the sum; it is forgotten after `until`."""
        ...

    def different(self, source: str, mark: str, until: datetime) -> int:
        """Store a mark of a source and return its number of different marks; it expires at `until`.

        A mark is what the source is counted by: a link that it followed, a prospect that it
        brought.
        """
        ...

    def note(self, source: str, marks: Collection[str], until: datetime) -> int:
        """Note several marks of a source as `different` does one, in one write."""
        ...


class Referrals(Protocol):
    """The referrals."""

    def get(self, referral: str) -> Referral | None: ...
    def get_many(self, referrals: Iterable[str]) -> dict[str, Referral]:
        """Return those of these that are there, by id; a hundred are one read.

        None asks nothing.
        """
        ...

    def list_by_account(self, account: str, limit: int, after: str | None = None) -> Page[Referral]:
        """Return the account's referrals, newest first, from the index."""
        ...

    def list_newest(self, limit: int, after: str | None = None) -> Page[Referral]:
        """Return all referrals, newest first, from the index."""
        ...

    def overdue(self, now: datetime, limit: int) -> tuple[str, ...]:
        """Return ids of open referrals whose deadline is past, from the index."""
        ...

    def still_open(self, limit: int, after: str | None = None) -> Page[str]:
        """Return ids of open referrals, the earliest deadline first, from the index."""
        ...

    def closed_early(self, now: datetime, limit: int, after: str | None = None) -> Page[str]:
        """Return ids of referrals closed with a credit before a future deadline, by deadline."""
        ...


class Identities(Protocol):
    """What may be known only once."""

    def get(self, identity: str) -> Identity | None: ...


class Timeline(Protocol):
    """What happened to each subject: a referral, a referrer, a link, an account."""

    def list_by_subject(self, subject: str, limit: int, after: str | None = None) -> Page[Entry]:
        """Return what happened to a subject, oldest first."""
        ...

    def list_by_day(self, program: Program, day: date) -> Iterator[Entry]:
        """Yield what happened in a program on a day of its time zone, from the index.

        In no promised order; read a page at a time.
        """
        ...


class Facts(Protocol):
    """What CRMs say about each referral."""

    def list_by_referral(self, referral: str) -> tuple[Fact, ...]: ...


class Inbox(Protocol):
    """Webhook requests as they came in."""

    def put(self, delivery: Delivery) -> bool:
        """Store a delivery; return False if it was there already."""
        ...

    def get(self, delivery: str) -> Delivery | None: ...
    def applied(self, delivery: Delivery, outcome: Reason) -> None:
        """Mark a delivery, as it was read, as applied, once.

        It stays as the first who did so left it.
        """
        ...

    def forget(self, delivery: str) -> None:
        """Empty the body of a delivery that was applied; one that was not is still needed."""
        ...


class UnmatchedEvents(Protocol):
    """Events that fit no referral yet."""

    def list_by_hint(self, hint: str) -> tuple[Unmatched, ...]: ...
    def list_newest(self, limit: int, after: str | None = None) -> Page[Unmatched]:
        """Return the events that wait, each once, the newest first, from the index."""
        ...


class Credits(Protocol):
    """Credits and their reversals."""

    def get(self, credit: str) -> Credit | None: ...
    def get_many(self, credits: Iterable[str]) -> dict[str, Credit]:
        """Return those of these that are there, by id; a hundred are one read.

        None asks nothing.
        """
        ...

    def list_by_account(self, account: str, limit: int, after: str | None = None) -> Page[Credit]:
        """Return the account's credits, newest first, from the index."""
        ...

    def list_by_status(self, status: Status, limit: int, after: str | None = None) -> Page[Credit]:
        """Return credits of one status, newest first, from the index."""
        ...

    def list_by_work_list(
        self, work_list: WorkList, limit: int, after: str | None = None
    ) -> Page[Credit]:
        """Return the held credits of one work list, newest first, from the index."""
        ...

    def due(self, now: datetime, limit: int) -> tuple[str, ...]:
        """Return ids of credits that a worker may take now, oldest first, from the index."""
        ...


class Ledger(Protocol):
    """The entries of every credit."""

    def list_by_credit(self, credit: str) -> tuple[LedgerEntry, ...]:
        """Return the entries of one credit, oldest first."""
        ...


class Audits(Protocol):
    """Read and write the daily audits."""

    def put(self, audit: Audit) -> None:
        """Keep the day's audit in place of an earlier one of that day."""
        ...

    def latest(self) -> Audit | None:
        """Return the newest audit."""
        ...


class Requests(Protocol):
    """Answers to writes that carried an Idempotency-Key."""

    def get(self, request: str) -> Request | None: ...
    def put(self, request: Request) -> None:
        """Keep it in place of an earlier one of its name."""
        ...


class Tokens(Protocol):
    """The links of mails."""

    def get(self, token: str) -> Token | None: ...


class StaffMembers(Protocol):
    """The people of the company who may sign in."""

    def get(self, person: str) -> Staff | None: ...
    def get_many(self, persons: Iterable[str]) -> dict[str, Staff]:
        """Return those of these that are there, by id; a hundred are one read.

        None asks nothing.
        """
        ...

    def list_newest(self, limit: int, after: str | None = None) -> Page[Staff]:
        """Return all staff, also former staff, the newest first, from the index."""
        ...


class SearchTerms(Protocol):
    """The words by which people are found."""

    def beginning(self, term: str, limit: int, after: str | None = None) -> Page[SearchTerm]:
        """Return the rows whose term begins so, by term.

        It is of three letters or more, or is whole.
        """
        ...


class Mails(Protocol):
    """Mails to send."""

    def put(self, mail: Mail) -> bool:
        """Put a mail; return False if it was there already."""
        ...

    def get(self, recipient: str, mail: str) -> Mail | None: ...
    def since(self, recipient: str, mail: str, limit: int) -> tuple[Mail, ...]:
        """Return a recipient's mails from this one on, oldest first."""
        ...

    def due(self, now: datetime, limit: int) -> tuple[tuple[str, str], ...]:
        """Return recipient and name of waiting mails, oldest first, from the index."""
        ...


@dataclass(frozen=True)
class Stores:
    """All tables, and the one way to write to several of them at once."""

    programs: Programs
    connections: Connections
    keys: Keys
    accounts: Accounts
    referrers: Referrers
    links: Links
    counts: Counts
    visits: Visits
    referrals: Referrals
    identities: Identities
    timeline: Timeline
    facts: Facts
    inbox: Inbox
    unmatched: UnmatchedEvents
    credits: Credits
    ledger: Ledger
    requests: Requests
    audits: Audits
    tokens: Tokens
    staff: StaffMembers
    search_terms: SearchTerms
    mails: Mails
    commit: Commit
