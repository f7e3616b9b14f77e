"""Commit writes that belong together: one DynamoDB transaction, all or none.

TransactWriteItems carries a client token, so that a repeat of the call after a lost reply is the
same transaction and no second one.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pynamodb.connection import Connection as Wire
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from goodword.domain.access.api_key import AccessKey
from goodword.domain.access.staff import Staff
from goodword.domain.access.token import Token
from goodword.domain.credits.credit import Credit
from goodword.domain.credits.ledger import LedgerEntry
from goodword.domain.crm_copy.connection import Connection
from goodword.domain.crm_copy.delivery import Request, Unmatched
from goodword.domain.crm_copy.fact import Fact
from goodword.domain.errors import Contended, Failed
from goodword.domain.identity import Identity
from goodword.domain.links.link import Link
from goodword.domain.mails.mail import Mail
from goodword.domain.programs.program import Program
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrals.search_term import SearchTerm
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.domain.timeline import Entry
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
from goodword.store.accounts import AccountRow
from goodword.store.connections import ConnectionRow
from goodword.store.counts import CountRow
from goodword.store.credits import credit_row
from goodword.store.facts import FactRow
from goodword.store.identities import IdentityRow
from goodword.store.keys import access_key_row
from goodword.store.ledger import LedgerRow
from goodword.store.limits import LimitRow
from goodword.store.links import LinkRow
from goodword.store.mails import mail_row
from goodword.store.programs import program_row
from goodword.store.referrals import referral_row
from goodword.store.referrers import referrer_row
from goodword.store.requests import request_row
from goodword.store.row import Row, row_of
from goodword.store.search_terms import search_term_row
from goodword.store.staff import staff_row
from goodword.store.timeline import entry_row
from goodword.store.tokens import token_row
from goodword.store.unmatched import unmatched_row

if TYPE_CHECKING:
    from goodword.ports.writes import Record

_ROWS: dict[type, Callable[[Any], Row]] = {
    Program: program_row,
    Connection: lambda each: row_of(
        ConnectionRow, each, connection=each.connection, version=each.version
    ),
    AccessKey: access_key_row,
    Account: lambda each: row_of(AccountRow, each, account=each.account),
    Referrer: referrer_row,
    Link: lambda each: row_of(LinkRow, each, code=each.code, referrer=each.referrer),
    Referral: referral_row,
    Identity: lambda each: row_of(IdentityRow, each, identity=each.identity),
    Fact: lambda each: row_of(FactRow, each, referral=each.referral, fact=each.fact),
    Entry: entry_row,
    Credit: credit_row,
    LedgerEntry: lambda each: row_of(LedgerRow, each, credit=each.credit, entry=each.entry),
    Request: request_row,
    Unmatched: unmatched_row,
    Token: token_row,
    Staff: staff_row,
    SearchTerm: search_term_row,
    Mail: mail_row,
}


def row(record: Record) -> Row:
    """Make the item of any record."""
    return _ROWS[type(record)](record)


@dataclass
class _Batch:
    """Writes in the order in which the request lists them, each with the one that it came from."""

    checks: list[tuple[Write, Row, Condition]] = field(default_factory=list)
    deletes: list[tuple[Write, Row]] = field(default_factory=list)
    puts: list[tuple[Write, Row, Condition | None]] = field(default_factory=list)
    sums: dict[tuple[type[Model], tuple[str, str | None]], _Sum] = field(default_factory=dict)

    def origins(self) -> list[Write]:
        """Return, for each item of the request, the write that it came from."""
        first = [write for write, *_ in self.checks]
        second = [write for write, *_ in self.deletes]
        third = [write for write, *_ in self.puts]
        return first + second + third + [each.write for each in self.sums.values()]


@dataclass
class _Sum:
    """What is added to one counter.

    A transaction may name an item only once, so sums are joined.
    """

    write: Write
    by: int = 0
    ceiling: int | None = None


class CommitTransaction:
    """Commit through DynamoDB's TransactWriteItems."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def __call__(self, writes: Sequence[Write]) -> None:
        """Commit all writes or none; raise Failed or Contended."""
        batch = _sorted(writes)
        try:
            with TransactWrite(
                connection=self._wire, client_request_token=str(uuid.uuid4())
            ) as request:
                for _, item, condition in batch.checks:
                    hash_key, range_key = _key_of(item)
                    request.condition_check(type(item), hash_key, range_key, condition)
                for _, item in batch.deletes:
                    request.delete(item)
                for _, item, wanted in batch.puts:
                    request.save(item, condition=wanted)
                for (model, key), each in batch.sums.items():
                    _add(request, model, key, each)
        except TransactWriteError as error:
            raise _translated(error, batch) from error


def _sorted(writes: Sequence[Write]) -> _Batch:
    batch = _Batch()
    for write in writes:
        if isinstance(write, Insert):
            item = row(write.record)
            batch.puts.append((write, item, _hash_attribute(item).does_not_exist()))
        elif isinstance(write, Update):
            item = row(write.record)
            batch.puts.append((write, item, Row.revision == write.record.revision - 1))
        elif isinstance(write, Check):
            batch.checks.append((write, row(write.record), Row.revision == write.record.revision))
        elif isinstance(write, Remove):
            batch.deletes.append((write, row(write.record)))
        elif isinstance(write, Put):
            batch.puts.append((write, row(write.record), None))
        elif isinstance(write, Increment):
            _join(batch, CountRow, (write.subject, write.bucket), write, write.by)
        elif isinstance(write, Reserve):
            _join(batch, LimitRow, (write.limit, None), write, write.minor, write.ceiling_minor)
        elif isinstance(write, Release):
            _join(batch, LimitRow, (write.limit, None), write, -write.minor)
    return batch


def _join(
    batch: _Batch,
    model: type[Model],
    key: tuple[str, str | None],
    write: Write,
    by: int,
    ceiling: int | None = None,
) -> None:
    stored = batch.sums.setdefault((model, key), _Sum(write))
    stored.by += by
    if ceiling is not None:
        if stored.ceiling is None:
            stored.write = write  # it is the one that reserves whose condition may not hold
        stored.ceiling = ceiling if stored.ceiling is None else min(stored.ceiling, ceiling)


def _add(
    request: TransactWrite, model: type[Model], key: tuple[str, str | None], each: _Sum
) -> None:
    attribute = LimitRow.used if model is LimitRow else CountRow.total
    condition = None
    if each.ceiling is not None and each.by > 0:
        # A counter that is not there yet is zero, so then the amount alone is held against the
        # ceiling.
        condition = attribute <= each.ceiling - each.by
        if each.by <= each.ceiling:
            condition = condition | attribute.does_not_exist()
    request.update(model(key[0], key[1]), actions=[attribute.add(each.by)], condition=condition)


def _hash_attribute(item: Row) -> Any:
    return getattr(type(item), type(item)._hash_keyname or "")


def _key_of(item: Row) -> tuple[Any, Any]:
    range_name = type(item)._range_keyname
    hash_key = getattr(item, type(item)._hash_keyname or "")
    return hash_key, None if range_name is None else getattr(item, range_name)


def _translated(error: TransactWriteError, batch: _Batch) -> Exception:
    """Say which write's condition did not hold, or that somebody else was at it.

    Else give the error back.
    """
    reasons = error.cancellation_reasons
    for write, reason in zip(batch.origins(), reasons, strict=False):
        if reason is not None and reason.code == "ConditionalCheckFailed":
            return Failed(write)
    codes = {reason.code for reason in reasons if reason is not None}
    conflict = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
    if codes & conflict or error.cause_response_code in (
        "TransactionInProgressException",
        "TransactionConflictException",
    ):
        return Contended("another transaction was under way")
    return error
