"""Commit writes that belong together: one DynamoDB transaction, all or none.

TransactWriteItems carries a client token, so that a repeat of the call after a lost reply is the
same transaction and no second one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from goodword.domain.errors import Contended, Failed
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
from goodword.store.counts import CountRow
from goodword.store.limits import LimitRow
from goodword.store.row import Row
from goodword.store.tables import row_for


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

    def __init__(self, wire: Connection) -> None:
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
            item = row_for(write.record)
            batch.puts.append((write, item, _hash_attribute(item).does_not_exist()))
        elif isinstance(write, Update):
            item = row_for(write.record)
            batch.puts.append((write, item, Row.revision == write.record.revision - 1))
        elif isinstance(write, Check):
            batch.checks.append(
                (write, row_for(write.record), Row.revision == write.record.revision)
            )
        elif isinstance(write, Remove):
            batch.deletes.append((write, row_for(write.record)))
        elif isinstance(write, Put):
            batch.puts.append((write, row_for(write.record), None))
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
    """Return the error of the write whose condition failed, or of a concurrent transaction.

    Any other error is returned unchanged.
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
