"""Turn what a CRM wrote into plain, checked values, or raise Unreadable.

A verified sender can still be wrong, and some CRMs cannot sign at all; so nothing here trusts a
body. Error texts name the field and never repeat the value, which may be personal.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import NoReturn, TypeVar

from goodword.domain.contact import canonical_addresses
from goodword.domain.crm_copy.fact import CrmEvent
from goodword.domain.crm_copy.when import read_when
from goodword.domain.errors import Unreadable

_T = TypeVar("_T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# The ranges do not touch: seconds up to 2100 end far below milliseconds from 1990.
_FIRST_MILLISECOND = 600_000_000_000
_DIGITS = re.compile(r"[0-9]{1,14}")
_ID = re.compile(r"[A-Za-z0-9_.:@-]{1,128}")
_MAX_NAME, _MAX_ADDRESS_FIELD, _MAX_ADDRESSES = 255, 4096, 100


def parse_json(body: bytes) -> object:
    """Return the JSON value of a UTF-8 body, with fractions and exponents as their original text.

    Refuses values that Python's parser accepts but a database or a sum does not: NaN, lone
    surrogates, numbers of thousands of digits, unlimited nesting.
    """
    try:
        text = body.decode("utf-8-sig")
        value: object = json.loads(text, parse_float=str, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        # No cause: a decoder's message quotes the body.
        raise Unreadable("The body is not JSON in UTF-8.", where="body") from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def mapping(value: object, where: str) -> dict[str, object]:
    """Return a JSON object as it is."""
    if not isinstance(value, dict):
        raise Unreadable("This must be an object.", where=where)
    return value


def sequence(value: object, where: str, *, most: int) -> list[object]:
    """Return a JSON array of at most so many elements as it is."""
    if not isinstance(value, list):
        raise Unreadable("This must be an array.", where=where)
    if len(value) > most:
        raise Unreadable(f"This array has more than {most} elements.", where=where)
    return value


def each_apart(
    parts: Iterable[_T], read: Callable[[_T], Iterable[CrmEvent]]
) -> tuple[CrmEvent | Unreadable, ...]:
    """Read each part of a body by itself; the error stands in place of one that cannot be read."""
    result: list[CrmEvent | Unreadable] = []
    for part in parts:
        try:
            result += list(
                read(part)
            )  # all of it or nothing: a part is what is wrong or right as one
        except Unreadable as error:
            result.append(error.with_traceback(None))
    return tuple(result)


def is_scalar(value: object) -> bool:
    """Tell whether a value is one thing, not an array or an object."""
    return not isinstance(value, dict | list)


def text(value: object, where: str) -> str | None:
    """Return a scalar as text.

    None for null and for the empty text, which is how a CRM clears a property.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | str):
        return str(value)
    raise Unreadable("This must be a text, a number, true, false or null.", where=where)


def property_name(value: object, where: str) -> str:
    """Return the name of a property: text of 1 to 255 characters."""
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_NAME:
        raise Unreadable(
            f"A property's name is a text of 1 to {_MAX_NAME} characters.", where=where
        )
    return value


def object_id(value: object, where: str) -> str:
    """Return an object's id as text: 1 to 128 letters, digits and `_ . : @ -`.

    Numbers are welcome.
    """
    if isinstance(value, bool) or not isinstance(value, int | str) or not _ID.fullmatch(str(value)):
        raise Unreadable("This must be an object's id.", where=where)
    return str(value)


def from_iso(value: object, where: str) -> datetime:
    """Return the UTC time of an ISO 8601 text that carries its offset.

    A day without an hour is no time: an hour that is invented could decide who is paid.
    """
    found = read_when(value) if isinstance(value, str) else None
    if not isinstance(found, datetime):
        raise Unreadable("This must be a time in ISO 8601 with its offset.", where=where)
    return _in_range(found, where)


def moment(value: object, where: str) -> datetime:
    """Return the UTC time of ISO 8601, or of seconds or milliseconds since 1970, number or text."""
    digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _DIGITS.fullmatch(digits):
        return from_iso(value, where)
    ticks = int(digits)
    unit = timedelta(milliseconds=1) if ticks >= _FIRST_MILLISECOND else timedelta(seconds=1)
    return _in_range(_EPOCH + ticks * unit, where)


def _in_range(time: datetime, where: str) -> datetime:
    # A version far in the future would win over every later one, for good.
    if not _EARLIEST <= time < _LATEST:
        raise Unreadable("This time is not between 1990 and 2100.", where=where)
    return time


def addresses(values: Iterable[object]) -> tuple[str, ...]:
    """Return the e-mail addresses of some fields in canonical form, each once, at most a hundred.

    One field may have several. Skip what is no address.
    """
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, str) and "@" in value and len(value) <= _MAX_ADDRESS_FIELD:
            found.update(dict.fromkeys(canonical_addresses(value)))
    return tuple(found)[:_MAX_ADDRESSES]


def fingerprint(value: object) -> str:
    """Return a hash of a JSON value, 64 hex digits, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("ascii")).hexdigest()


def texts_of(values: dict[str, object]) -> dict[str, str | None]:
    """Return the values that are one thing as text; None is the value of an empty one."""
    return {name: text(value, name) for name, value in values.items() if is_scalar(value)}
