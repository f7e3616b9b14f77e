"""Turn records into plain values and back, along the type hints of their dataclasses.

The arguments of reasons and events have no hints, so each says in its plain values what it is:

    {"code": "value_below_minimum", "args": {"amount": {"minor": 100, "currency": "USD"}, …}}
    {"kind": "credit_pending", "data": {"due": {"day": "2027-03-17"}, …}}
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from goodword.domain.event import Event
from goodword.domain.money import Money
from goodword.domain.reason import Argument, Reason

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Turn a record, or any part of one, into maps, lists, texts and numbers.

    Times become ISO 8601 UTC.
    """
    if isinstance(value, Reason):
        return {"code": value.code, "args": _tagged_all(value.args)}
    if isinstance(value, Event):
        return {"kind": value.kind, "data": _tagged_all(value.data)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def revive(kind: type[T], value: Any) -> T:
    """Build a record of this class from its plain values.

    Fields that are missing take their default.
    """
    hints: dict[str, Any] = _hints(kind)  # type: ignore[arg-type]  # a class can be hashed
    return kind(
        **{name: _revive(hints[name], each) for name, each in value.items() if name in hints}
    )


def stamp(at: datetime) -> str:
    """Write a UTC time so that texts sort as the times do: always microseconds, always Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _tagged_all(args: Mapping[str, Argument]) -> dict[str, Any]:
    return {name: _tagged(each) for name, each in args.items()}


def _tagged(value: Argument) -> Any:
    """Turn an argument into plain values that say what it is.

    A day and a time are maps of their own.
    """
    if isinstance(value, datetime):
        return {"time": stamp(value)}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, tuple):
        return [_tagged(each) for each in value]
    return plain(value)


def _argument(value: Any) -> Any:
    """Build an argument from its plain values."""
    if isinstance(value, list):
        return tuple(_argument(each) for each in value)
    if not isinstance(value, Mapping):
        return value
    if "code" in value:
        return _reason(value)
    if "time" in value:
        return datetime.fromisoformat(value["time"])
    if "day" in value:
        return date.fromisoformat(value["day"])
    return Money(value["minor"], value["currency"])


def _reason(value: Mapping[str, Any]) -> Reason:
    return Reason(value["code"], {name: _argument(each) for name, each in value["args"].items()})


def _event(value: Mapping[str, Any]) -> Event:
    return Event(value["kind"], {name: _argument(each) for name, each in value["data"].items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _revive(hint: Any, value: Any) -> Any:
    if value is None or dataclasses.is_dataclass(value):
        return value  # what is a record already stays as it is
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _revive(next(each for each in get_args(hint) if each is not type(None)), value)
    if origin is tuple:
        parts = get_args(hint)
        if len(parts) == 2 and parts[1] is Ellipsis:
            return tuple(_revive(parts[0], each) for each in value)
        return tuple(_revive(part, each) for part, each in zip(parts, value, strict=True))
    if origin is dict:
        return {name: _revive(get_args(hint)[1], each) for name, each in value.items()}
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is Reason:
        return _reason(value)
    if hint is Event:
        return _event(value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return revive(hint, value)
    return value
