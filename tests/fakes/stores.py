"""The tables in memory, with the semantics of DynamoDB's transactions and switchable faults.

Indexes answer from what the tables hold; frozen, they answer from what the tables held. A
transaction's conditions are looked at in the order of the request: checks, puts, sums. So a full
limit is named only where nothing else stood in the way.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from goodword.domain.access.api_key import AccessKey
from goodword.domain.access.idempotency import Request
from goodword.domain.access.staff import Staff
from goodword.domain.access.token import Token
from goodword.domain.credits.audit import Audit
from goodword.domain.credits.credit import Credit, Status, WorkList
from goodword.domain.credits.ledger import LedgerEntry
from goodword.domain.crm_copy.connection import Connection
from goodword.domain.crm_copy.delivery import Delivery, Unmatched
from goodword.domain.crm_copy.fact import Fact
from goodword.domain.errors import Contended, Failed
from goodword.domain.identity import Identity
from goodword.domain.links.click import Kind
from goodword.domain.links.link import Link
from goodword.domain.mails.mail import Mail
from goodword.domain.programs.program import Program
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrals.search_term import SearchTerm, start_of
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.domain.timeline import Entry, entry_time
from goodword.ports.stores import Page, Stores
from goodword.ports.writes import (
    Check,
    Increment,
    Insert,
    Put,
    Release,
    Remove,
    Reserve,
    Update,
    Write,
)
from goodword.store.tables import load_tables
from tests.vocabulary import check_record

T = TypeVar("T")
Key = tuple[Any, ...]
MOST_ITEMS = 100  # of one transaction
MOST_CODES = 50  # that are remembered of one source

# Of each record that a transaction writes, the names of its key's attributes.
_KEYS = {table.record: table.key_names() for table in load_tables().values() if table.record}


@dataclass
class FakeTables:
    """What is stored, and the switches.

    rows: by class, then by key. conflicts: so many commits to come raise Contended. lost_replies:
    so many commits to come take effect and then raise ConnectionError. read_faults: so many reads
    to come raise ConnectionError. meanwhile: what others do just before the next commits, one call
    each. on_read: is told the class of what is read, before it is read.
    """

    rows: dict[type, dict[Key, Any]] = field(default_factory=lambda: defaultdict(dict))
    used: dict[str, int] = field(default_factory=dict)
    totals: dict[tuple[str, str], int] = field(default_factory=dict)
    visits: dict[str, int] = field(default_factory=dict)
    followed: dict[str, set[str]] = field(default_factory=dict)
    counted: dict[tuple[str, str, str], int] = field(default_factory=dict)
    conflicts: int = 0
    lost_replies: int = 0
    read_faults: int = 0
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    on_read: Callable[[type], None] | None = None
    commits: int = 0
    _indexes: dict[type, dict[Key, Any]] | None = None

    def freeze_indexes(self) -> None:
        """Let the indexes answer from what is there now, until they are thawed."""
        frozen = {kind: dict(rows) for kind, rows in self.rows.items()}
        self._indexes = defaultdict(dict, frozen)

    def thaw_indexes(self) -> None:
        """Let the indexes answer from what is there."""
        self._indexes = None

    def get(self, kind: type[T], *key: Any) -> T | None:
        """Read one record."""
        return self.table(kind).get(key)

    def get_many(self, kind: type[T], keys: Iterable[str]) -> dict[str, T]:
        """Read the records of these keys at once; without any, nothing is read."""
        wanted = set(keys)
        held = self.table(kind) if wanted else {}
        return {key: held[(key,)] for key in sorted(wanted) if (key,) in held}

    def all(self, kind: type[T]) -> list[T]:
        """Return every record of a class in the order of its keys; for tests, not for stores."""
        return [record for _, record in sorted(self.rows[kind].items())]

    def table(self, kind: type[T]) -> Mapping[Key, T]:
        """Read a table."""
        self._read(kind)
        return self.rows[kind]

    def index(self, kind: type[T]) -> Iterable[T]:
        """Read a table through its index, which may be late."""
        self._read(kind)
        return (self.rows if self._indexes is None else self._indexes)[kind].values()

    def _read(self, kind: type) -> None:
        if self.on_read is not None:
            self.on_read(kind)
        if self.read_faults:
            self.read_faults -= 1
            raise ConnectionError("the read failed")


def _page(
    records: Iterable[T],
    name: Callable[[T], tuple[str, ...]],
    limit: int,
    after: str | None,
    turn: bool,
) -> Page[T]:
    """Cut one page out of the records, by their names, from the top if turn is set."""
    ordered = sorted(records, key=name, reverse=turn)
    if after is not None:
        start = tuple(json.loads(after))
        ordered = [each for each in ordered if (name(each) < start if turn else name(each) > start)]
    more = json.dumps(name(ordered[limit - 1])) if len(ordered) > limit else None
    return Page(tuple(ordered[:limit]), more)


class FakeCommit:
    """Make all writes or none, as TransactWriteItems does."""

    def __init__(self, tables: FakeTables) -> None:
        self.tables = tables

    def __call__(self, writes: Sequence[Write]) -> None:
        tables = self.tables
        if tables.meanwhile:
            tables.meanwhile.pop(0)()
        if tables.conflicts:
            tables.conflicts -= 1
            raise Contended("another transaction was under way")
        sums = _joined(writes)
        _check_request(writes, sums)
        self._check_conditions(writes, sums)
        self._apply(writes, sums)
        tables.commits += 1
        if tables.lost_replies:
            tables.lost_replies -= 1
            raise ConnectionError("the reply was lost")

    def _check_conditions(self, writes: Sequence[Write], sums: Iterable[_Sum]) -> None:
        rows = self.tables.rows
        for kind in (Check, Insert | Update):
            for write in writes:
                if not isinstance(write, kind):
                    continue
                held = rows[type(write.record)].get(_key(write.record))
                if isinstance(write, Insert):
                    holds = held is None
                else:
                    wanted = write.record.revision - isinstance(write, Update)
                    holds = held is not None and held.revision == wanted
                if not holds:
                    raise Failed(write)
        for each in sums:
            used = self.tables.used.get(each.name[0], 0)
            if each.ceiling is not None and each.by > 0 and used + each.by > each.ceiling:
                raise Failed(each.write)

    def _apply(self, writes: Sequence[Write], sums: Iterable[_Sum]) -> None:
        for write in writes:
            if isinstance(write, Insert | Update | Put):
                check_record(write.record)
                self.tables.rows[type(write.record)][_key(write.record)] = write.record
            elif isinstance(write, Remove):
                self.tables.rows[type(write.record)].pop(_key(write.record), None)
        for each in sums:
            if len(each.name) == 1:
                self.tables.used[each.name[0]] = self.tables.used.get(each.name[0], 0) + each.by
            else:
                self.tables.totals[each.name] = self.tables.totals.get(each.name, 0) + each.by


@dataclass
class _Sum:
    """What a transaction adds to one counter: a limit (one name) or a count (two)."""

    name: tuple[Any, ...]
    write: Write
    by: int = 0
    ceiling: int | None = None


def _joined(writes: Sequence[Write]) -> list[_Sum]:
    sums: dict[Key, _Sum] = {}
    for write in writes:
        if isinstance(write, Increment):
            name = (write.subject, write.bucket)
            sums.setdefault(name, _Sum(name, write)).by += write.by
        elif isinstance(write, Reserve | Release):
            each = sums.setdefault((write.limit,), _Sum((write.limit,), write))
            each.by += write.minor if isinstance(write, Reserve) else -write.minor
            if isinstance(write, Reserve):
                if each.ceiling is None:
                    each.write, each.ceiling = write, write.ceiling_minor
                each.ceiling = min(write.ceiling_minor, each.ceiling)
    return list(sums.values())


def _check_request(writes: Sequence[Write], sums: Sequence[_Sum]) -> None:
    records = [each for each in writes if isinstance(each, Insert | Update | Check | Remove | Put)]
    names = {(type(each.record), _key(each.record)) for each in records}
    if len(names) < len(records):
        raise ValueError("a transaction may name an item only once")
    if not 0 < len(records) + len(sums) <= MOST_ITEMS:
        raise ValueError(f"a transaction has 1 to {MOST_ITEMS} items")


def _key(record: Any) -> Key:
    return tuple(getattr(record, name) for name in _KEYS[type(record)])


# --- the stores -----------------------------------------------------------------------------------


@dataclass
class _Fake:
    tables: FakeTables


class FakePrograms(_Fake):
    def get(self, program: str, version: int) -> Program | None:
        return self.tables.get(Program, program, version)

    def latest(self, program: str) -> Program | None:
        return next(self._newest_first(program), None)

    def at(self, program: str, when: datetime) -> Program | None:
        found = self._newest_first(program)
        return next(
            (each for each in found if each.applied_at is None or each.applied_at <= when), None
        )

    def _newest_first(self, program: str) -> Iterable[Program]:
        versions = [each for each in self.tables.table(Program).values() if each.program == program]
        return iter(sorted(versions, key=lambda each: each.version, reverse=True))


class FakeConnections(_Fake):
    def latest(self, connection: str) -> Connection | None:
        versions = [
            each for each in self.tables.table(Connection).values() if each.connection == connection
        ]
        return max(versions, key=lambda each: each.version, default=None)


class FakeKeys(_Fake):
    def get(self, key: str) -> AccessKey | None:
        return self.tables.get(AccessKey, key)

    def list_newest(self, limit: int, after: str | None = None) -> Page[AccessKey]:
        found = self.tables.index(AccessKey)
        return _page(
            found, lambda each: (each.created_at.isoformat(), each.key), limit, after, turn=True
        )


class FakeAccounts(_Fake):
    def get(self, account: str) -> Account | None:
        return self.tables.get(Account, account)


class FakeReferrers(_Fake):
    def get(self, referrer: str) -> Referrer | None:
        return self.tables.get(Referrer, referrer)

    def list_newest(self, limit: int, after: str | None = None) -> Page[Referrer]:
        found = self.tables.index(Referrer)
        return _page(
            found,
            lambda each: (each.created_at.isoformat(), each.referrer),
            limit,
            after,
            turn=True,
        )


class FakeLinks(_Fake):
    def get(self, code: str) -> Link | None:
        return self.tables.get(Link, code)

    def get_many(self, codes: Iterable[str]) -> dict[str, Link]:
        return self.tables.get_many(Link, codes)

    def list_by_referrer(self, referrer: str) -> tuple[Link, ...]:
        found = [each for each in self.tables.index(Link) if each.referrer == referrer]
        return tuple(sorted(found, key=lambda each: each.code))


class FakeCounts(_Fake):
    def of(self, subject: str) -> dict[str, int]:
        return {
            bucket: total for (name, bucket), total in self.tables.totals.items() if name == subject
        }

    def clicks(self, code: str, first: str, last: str) -> dict[Kind, int]:
        sums: dict[Kind, int] = {}
        for bucket, total in self.of(f"link#{code}").items():
            day, _, kind = bucket.partition("#")
            if first <= day <= last:
                sums[kind] = sums.get(kind, 0) + total
        return sums

    def add_clicks(
        self, code: str, day: str, shard: str, clicks: Sequence[tuple[int, Kind]]
    ) -> int:
        place, left = (code, day, shard), sorted(clicks)
        while left and not self.write_clicks(place, left):
            left = [each for each in left if each[0] > self.tables.counted[place]]
        return len(left)

    def write_clicks(self, place: tuple[str, str, str], clicks: Sequence[tuple[int, Kind]]) -> bool:
        """Add all in one write, or nothing where the shard was counted beyond the first of them."""
        code, day, _ = place
        if self.tables.counted.get(place, -1) >= clicks[0][0]:
            return False
        for _, kind in clicks:
            name = (f"link#{code}", f"{day}#{kind}")
            self.tables.totals[name] = self.tables.totals.get(name, 0) + 1
        self.tables.counted[place] = clicks[-1][0]
        return True


class FakeVisits(_Fake):
    def count(self, source: str, until: datetime) -> int:
        self.tables.visits[source] = self.tables.visits.get(source, 0) + 1
        return self.tables.visits[source]

    def different(self, source: str, mark: str, until: datetime) -> int:
        return self.note(source, (mark,), until)

    def note(self, source: str, marks: Collection[str], until: datetime) -> int:
        held = self.tables.followed.setdefault(source, set())
        if len(held) < MOST_CODES:
            held.update(marks)
        return min(len(held), MOST_CODES)


class FakeReferrals(_Fake):
    def get(self, referral: str) -> Referral | None:
        return self.tables.get(Referral, referral)

    def get_many(self, referrals: Iterable[str]) -> dict[str, Referral]:
        return self.tables.get_many(Referral, referrals)

    def list_by_account(self, account: str, limit: int, after: str | None = None) -> Page[Referral]:
        found = [each for each in self.tables.index(Referral) if each.account == account]
        return _page(
            found,
            lambda each: (each.created_at.isoformat(), each.referral),
            limit,
            after,
            turn=True,
        )

    def list_newest(self, limit: int, after: str | None = None) -> Page[Referral]:
        found = self.tables.index(Referral)
        return _page(
            found,
            lambda each: (each.created_at.isoformat(), each.referral),
            limit,
            after,
            turn=True,
        )

    def overdue(self, now: datetime, limit: int) -> tuple[str, ...]:
        past = [
            each
            for each in self.tables.index(Referral)
            if each.awaits() and each.judged_next() < now
        ]
        return tuple(
            each.referral for each in sorted(past, key=lambda each: each.judged_next())[:limit]
        )

    def still_open(self, limit: int, after: str | None = None) -> Page[str]:
        return self._ids(
            [each for each in self.tables.index(Referral) if each.awaits()], limit, after
        )

    def closed_early(self, now: datetime, limit: int, after: str | None = None) -> Page[str]:
        found = [
            each for each in self.tables.index(Referral) if not each.awaits() and each.earned()
        ]
        return self._ids([each for each in found if each.deadline >= now], limit, after)

    def _ids(self, found: list[Referral], limit: int, after: str | None) -> Page[str]:
        page = _page(
            found,
            lambda each: (each.judged_next().isoformat(), each.referral),
            limit,
            after,
            turn=False,
        )
        return Page(tuple(each.referral for each in page.items), page.more)


class FakeIdentities(_Fake):
    def get(self, identity: str) -> Identity | None:
        return self.tables.get(Identity, identity)


class FakeTimeline(_Fake):
    def list_by_subject(self, subject: str, limit: int, after: str | None = None) -> Page[Entry]:
        found = [each for each in self.tables.table(Entry).values() if each.subject == subject]
        return _page(found, lambda each: (each.entry,), limit, after, turn=False)

    def list_by_day(self, program: Program, day: date) -> Iterator[Entry]:
        start, end = (entry_time(each) for each in program.bounds(day))
        of_program = [each for each in self.tables.index(Entry) if each.program == program.program]
        return (each for each in of_program if start <= each.entry <= end)


class FakeFacts(_Fake):
    def list_by_referral(self, referral: str) -> tuple[Fact, ...]:
        found = [each for each in self.tables.table(Fact).values() if each.referral == referral]
        return tuple(sorted(found, key=lambda each: each.fact))


class FakeInbox(_Fake):
    def put(self, delivery: Delivery) -> bool:
        rows = self.tables.rows[Delivery]
        new = (delivery.delivery,) not in rows
        rows.setdefault((delivery.delivery,), delivery)
        return new

    def get(self, delivery: str) -> Delivery | None:
        return self.tables.get(Delivery, delivery)

    def applied(self, delivery: Delivery, outcome: Reason) -> None:
        held = self.get(delivery.delivery)
        if held is not None and held.status != "applied":
            check_record(outcome)
            applied = replace(delivery, status="applied", outcome=outcome)
            self.tables.rows[Delivery][(delivery.delivery,)] = applied

    def forget(self, delivery: str) -> None:
        held = self.get(delivery)
        if held is not None and held.status == "applied":
            self.tables.rows[Delivery][(delivery,)] = replace(held, body="")


class FakeUnmatched(_Fake):
    def list_by_hint(self, hint: str) -> tuple[Unmatched, ...]:
        found = [each for each in self.tables.table(Unmatched).values() if each.hint == hint]
        return tuple(sorted(found, key=lambda each: each.event))

    def list_newest(self, limit: int, after: str | None = None) -> Page[Unmatched]:
        found = [each for each in self.tables.index(Unmatched) if each.listed()]
        return _page(
            found, lambda each: (each.kept_at.isoformat(), each.event), limit, after, turn=True
        )


class FakeCredits(_Fake):
    def get(self, credit: str) -> Credit | None:
        return self.tables.get(Credit, credit)

    def get_many(self, credits: Iterable[str]) -> dict[str, Credit]:
        return self.tables.get_many(Credit, credits)

    def list_by_account(self, account: str, limit: int, after: str | None = None) -> Page[Credit]:
        return self._newest_first(lambda each: each.account == account, limit, after)

    def list_by_status(self, status: Status, limit: int, after: str | None = None) -> Page[Credit]:
        return self._newest_first(lambda each: each.status == status, limit, after)

    def list_by_work_list(
        self, work_list: WorkList, limit: int, after: str | None = None
    ) -> Page[Credit]:
        return self._newest_first(lambda each: each.work_list == work_list, limit, after)

    def due(self, now: datetime, limit: int) -> tuple[str, ...]:
        waiting = [(_due_at(each), each.credit) for each in self.tables.index(Credit)]
        due = sorted((at, credit) for at, credit in waiting if at is not None and at <= now)
        return tuple(credit for _, credit in due[:limit])

    def _newest_first(
        self, fits: Callable[[Credit], bool], limit: int, after: str | None
    ) -> Page[Credit]:
        found = [each for each in self.tables.index(Credit) if fits(each)]
        return _page(
            found, lambda each: (each.earned_at.isoformat(), each.credit), limit, after, turn=True
        )


def _due_at(credit: Credit) -> datetime | None:
    return {"pending": credit.due_at, "sending": credit.lease_until}.get(credit.status)


class FakeLedger(_Fake):
    def list_by_credit(self, credit: str) -> tuple[LedgerEntry, ...]:
        found = [each for each in self.tables.table(LedgerEntry).values() if each.credit == credit]
        return tuple(sorted(found, key=lambda each: each.entry))


class FakeRequests(_Fake):
    def get(self, request: str) -> Request | None:
        return self.tables.get(Request, request)

    def put(self, request: Request) -> None:
        self.tables.rows[Request][(request.request,)] = request


class FakeTokens(_Fake):
    def get(self, token: str) -> Token | None:
        return self.tables.get(Token, token)


class FakeMails(_Fake):
    def put(self, mail: Mail) -> bool:
        rows = self.tables.rows[Mail]
        new = (mail.recipient, mail.mail) not in rows
        rows.setdefault((mail.recipient, mail.mail), mail)
        return new

    def get(self, recipient: str, mail: str) -> Mail | None:
        return self.tables.get(Mail, recipient, mail)

    def since(self, recipient: str, mail: str, limit: int) -> tuple[Mail, ...]:
        own = [each for each in self.tables.table(Mail).values() if each.recipient == recipient]
        found = sorted((each for each in own if each.mail >= mail), key=lambda each: each.mail)
        return tuple(found[:limit])

    def due(self, now: datetime, limit: int) -> tuple[tuple[str, str], ...]:
        waiting = [each for each in self.tables.index(Mail) if each.open() and each.due_at <= now]
        found = sorted(waiting, key=lambda each: (each.due_at, each.recipient, each.mail))
        return tuple((each.recipient, each.mail) for each in found[:limit])


class FakeAudits(_Fake):
    def put(self, audit: Audit) -> None:
        check_record(audit)
        self.tables.rows[Audit][(audit.day,)] = audit

    def latest(self) -> Audit | None:
        return max(self.tables.table(Audit).values(), key=lambda each: each.day, default=None)


class FakeStaff(_Fake):
    def get(self, person: str) -> Staff | None:
        return self.tables.get(Staff, person)

    def get_many(self, persons: Iterable[str]) -> dict[str, Staff]:
        return self.tables.get_many(Staff, persons)

    def list_newest(self, limit: int, after: str | None = None) -> Page[Staff]:
        found = self.tables.index(Staff)
        return _page(
            found, lambda each: (each.added_at.isoformat(), each.person), limit, after, turn=True
        )


class FakeSearchTerms(_Fake):
    def beginning(self, term: str, limit: int, after: str | None = None) -> Page[SearchTerm]:
        rows = self.tables.table(SearchTerm).values()
        found = [
            each for each in rows if each.start == start_of(term) and each.place.startswith(term)
        ]
        return _page(found, lambda each: (each.place,), limit, after, turn=False)


def fake_stores(tables: FakeTables | None = None) -> Stores:
    """Return stores over these tables, or over empty ones; all share them."""
    held = FakeTables() if tables is None else tables
    return Stores(
        programs=FakePrograms(held),
        connections=FakeConnections(held),
        keys=FakeKeys(held),
        accounts=FakeAccounts(held),
        referrers=FakeReferrers(held),
        links=FakeLinks(held),
        counts=FakeCounts(held),
        visits=FakeVisits(held),
        referrals=FakeReferrals(held),
        identities=FakeIdentities(held),
        timeline=FakeTimeline(held),
        facts=FakeFacts(held),
        inbox=FakeInbox(held),
        unmatched=FakeUnmatched(held),
        credits=FakeCredits(held),
        ledger=FakeLedger(held),
        requests=FakeRequests(held),
        audits=FakeAudits(held),
        tokens=FakeTokens(held),
        staff=FakeStaff(held),
        search_terms=FakeSearchTerms(held),
        mails=FakeMails(held),
        commit=FakeCommit(held),
    )
