"""Read bodies: JSON or a form, within a size, with the type and length of every field checked."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from goodword.domain.errors import BadInput, TooLarge, Unreadable, WrongMedia

BODY_LIMIT = 64 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# Characters that YAML takes for a line break, or rejects, unless they are escaped.
_NOT_IN_YAML = re.compile(r"[\x80-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
T = TypeVar("T", bound=str)


def raw_body(event: Mapping[str, Any], limit: int = BODY_LIMIT) -> bytes:
    """Return the body's bytes as sent; raise TooLarge before anything is decoded."""
    body = event.get("body") or ""
    if len(body) > limit * 4 // 3 + 4:
        raise _too_large(limit)
    if not event.get("isBase64Encoded"):
        raw: bytes = body.encode("utf-8", "surrogatepass")
    else:
        try:
            raw = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise Unreadable(
                "the body is not valid base64", where="body", remedy="Send the request again."
            ) from None
    if len(raw) > limit:
        raise _too_large(limit)
    return raw


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than {limit} bytes", where="body", remedy="Send less.")


def text_body(
    event: Mapping[str, Any], media: tuple[str, ...], limit: int = BODY_LIMIT
) -> tuple[str, str]:
    """Return the body's media type, which must be supported, and its text."""
    given = (event.get("headers") or {}).get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind not in media:
        raise WrongMedia(
            f"{kind or 'a body without a content type'} is not supported",
            where="Content-Type",
            remedy=f"Send one of: {', '.join(media)}.",
        )
    try:
        return kind, raw_body(event, limit).decode()
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8", where="body", remedy="Send UTF-8.") from None


def json_object(text: str) -> dict[str, Any]:
    """Parse a JSON object; reject duplicate names, NaN and deep nesting."""
    try:
        value = json.loads(
            text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_int=_whole
        )
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        raise Unreadable(
            f"the body is not JSON: {why}", where="body", remedy="Send a JSON object."
        ) from None
    if not isinstance(value, dict):
        raise Unreadable(
            "the body is not a JSON object", where="body", remedy="Send an object: {…}."
        )
    return value


def json_as_yaml(text: str) -> str:
    """Rewrite a JSON object so that YAML reads the same, without tabs or surrogate pairs."""
    value = json_object(text)
    try:
        written = json.dumps(value, ensure_ascii=False, indent=0)
    except RecursionError:
        raise Unreadable(
            "the body is nested too deeply", where="body", remedy="Nest less."
        ) from None
    if _CONTROL.search(written):
        raise BadInput(
            "the body has a control character or a lone surrogate",
            where="body",
            remedy="Send text without control characters.",
        )
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _whole(digits: str) -> int:
    # Python rejects longer numbers, with a message about its own settings.
    if len(digits) > 1000:
        raise ValueError("a number has more than a thousand digits")
    return int(digits)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field name is repeated")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def form_object(text: str) -> dict[str, Any]:
    """Parse a form's fields.

    A repeated field is rejected, an empty one counts as missing.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=50, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise Unreadable(
            "the form cannot be read",
            where="body",
            remedy="Send application/x-www-form-urlencoded, in UTF-8.",
        ) from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise Unreadable("a field is repeated", where="body", remedy="Send each field once.")
    return {name: value for name, value in pairs if value.strip()}


class Fields:
    """The fields of one object, each taken once; a field left over at the end is rejected.

    null is the same as missing, for every kind of field.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = dict(data)

    def text(self, name: str, most: int, default: str | None = None) -> str:
        """Take a text of 1 to `most` characters; it is required without a default."""
        value = self._data.pop(name, None)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise _bad(name, "is missing" if value is None else "is not a text", "Send a text.")
        if not value.strip() and default is None:
            raise _bad(name, "is empty", "Send a text.")
        if len(value) > most:
            raise _bad(name, f"is longer than {most} characters", "Shorten it.")
        if _CONTROL.search(value):
            raise _bad(name, "has control characters", "Send text without control characters.")
        return value

    def choice(self, name: str, options: tuple[T, ...], default: T | None = None) -> T:
        """Take one of the options."""
        value = self._data.pop(name, None)
        value = default if value is None else value
        for option in options:
            if value == option and isinstance(value, str):
                return option
        raise _bad(
            name,
            "is missing" if value is None else "is not one of the options",
            f"Use one of: {', '.join(options)}.",
        )

    def whole(self, name: str, least: int, most: int) -> int | None:
        """Take a whole number within bounds, or None if it is missing."""
        value = self._data.pop(name, None)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON has one kind of number: 9.0 is as whole as 9
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise _bad(name, f"is not a whole number from {least} to {most}", "Send such a number.")
        return value

    def flag(self, name: str) -> bool | None:
        """Take true or false, or None if it is missing."""
        value = self._data.pop(name, None)
        if value is not None and not isinstance(value, bool):
            raise _bad(name, "is neither true nor false", "Send true or false.")
        return value

    def texts(self, name: str, most: int, length: int) -> tuple[str, ...]:
        """Take a list of texts; a missing one is empty."""
        value = self._data.pop(name, None)
        value = [] if value is None else value
        if not isinstance(value, list) or len(value) > most:
            raise _bad(name, f"is not a list of at most {most}", "Send a list.")
        inner = Fields({f"{name}[{place}]": each for place, each in enumerate(value)})
        return tuple(inner.text(f"{name}[{place}]", length) for place in range(len(value)))

    def mapping(self, name: str) -> dict[str, Any]:
        """Take an object; a missing one is empty. Its names must be plain text, like its values."""
        value = self._data.pop(name, None)
        value = {} if value is None else value
        if not isinstance(value, dict):
            raise _bad(name, "is not an object", "Send an object: {…}.")
        if any(_CONTROL.search(each) for each in value):
            raise _bad(
                name, "has a name with control characters", "Send text without control characters."
            )
        return value

    def either(self, name: str) -> Any:
        """Take any value, for a field that may be of more than one type."""
        return self._data.pop(name, None)

    def time(self, name: str) -> datetime | None:
        """Take an ISO 8601 time with its zone, or None if it is missing."""
        value = self._data.pop(name, None)
        if value is None:
            return None
        try:
            at = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            at = None
        if at is None or at.tzinfo is None or not 2000 <= at.year <= 2200:
            raise _bad(
                name, "is not a time", "Use ISO 8601 with a zone, such as 2027-01-31T12:00:00Z."
            )
        return at

    def done(self) -> None:
        """Raise BadInput if any field was not taken: it is misspelled or not supported."""
        if self._data:
            name = min(map(str, self._data))
            raise _bad(name[:60], "is an unknown field", "Remove it, or check its spelling.")


def _bad(name: str, what: str, remedy: str) -> BadInput:
    shown = "".join(sign if sign.isprintable() else "?" for sign in name) or '""'
    return BadInput(f"{shown} {what}", where=shown, remedy=remedy)
