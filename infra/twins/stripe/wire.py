"""The wire format: requests, replies, Stripe's errors, form fields and pages of a list."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl

Json = dict[str, Any]
Effect = Callable[[int], Json]  # runs a validated endpoint, at a Unix time

_FIELD = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_INTEGER = re.compile(r"[+-]?\d{1,15}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_MOST_METADATA_KEYS = 50
_DEEPEST_FIELD = 6


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names in lower case, now in Unix seconds of the twin's clock."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    now: int


class Reply(NamedTuple):
    """One HTTP reply and its delivery: sent, held until the caller's time-out, or dropped."""

    status: int
    headers: dict[str, str]
    body: bytes
    delivery: Literal["send", "hold", "drop"] = "send"


class Refusal(Exception):
    """An error in Stripe's format: docs.stripe.com/api/errors."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param

    def as_json(self) -> Json:
        """Return the body of the error's reply without empty fields."""
        said = {"code": self.code, "message": self.message, "param": self.param, "type": self.kind}
        return {"error": {name: value for name, value in said.items() if value is not None}}


def missing(kind: str, name: str, param: str = "id") -> Refusal:
    """Return the error for a missing object."""
    return Refusal(404, f"No such {kind}: '{name}'", code="resource_missing", param=param)


def json_reply(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply with a JSON body."""
    text = json.dumps(body, indent=2, ensure_ascii=False).encode()
    return Reply(status, {"Content-Type": "application/json", **(headers or {})}, text)


def read_form(text: str) -> Json:
    """Read form fields such as metadata[credit]=x and expand[0]=y into nested dicts.

    Raises Refusal if it is not a form. docs.stripe.com/api/requests-bodies
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError:
        raise Refusal(400, "Invalid request: the body is not a form.") from None
    form: Json = {}
    for name, value in pairs:
        match = _FIELD.fullmatch(name)
        if match is None:
            raise Refusal(400, f"Invalid parameter name: {name}", param=name)
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        if len(path) > _DEEPEST_FIELD:
            raise Refusal(400, "A parameter is nested too deeply.")
        _put(form, path, value, name)
    return form


def _put(form: Json, path: Sequence[str], value: str, name: str) -> None:
    place = form
    for part in path[:-1]:
        place = place.setdefault(part or str(len(place)), {})
        if not isinstance(place, dict):
            raise Refusal(400, f"Invalid parameter: {name}", param=name)
    last = path[-1] or str(len(place))
    if isinstance(place.get(last), dict):
        raise Refusal(400, f"Invalid parameter: {name}", param=name)
    place[last] = value


class Fields:
    """The form's fields, taken one by one and checked; a field left over is unknown.

    A failed check is a validation failure: nothing is stored for it under an idempotency key.
    """

    def __init__(self, form: Json) -> None:
        self._left = dict(form)

    def text(self, name: str, *, limit: int = 5000) -> str | None:
        """Take a text of at most `limit` characters, or None."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str):
            raise Refusal(400, f"Invalid string: {name}", param=name)
        if len(value) > limit:
            raise Refusal(
                400, f"Invalid string: {name} must be at most {limit} characters", param=name
            )
        return value

    def need(self, name: str) -> str:
        """Take a required text."""
        value = self.text(name)
        if not value:
            raise Refusal(
                400, f"Missing required param: {name}.", code="parameter_missing", param=name
            )
        return value

    def integer(self, name: str) -> int | None:
        """Take a whole number, or None."""
        value = self.text(name)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            raise Refusal(
                400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name
            )
        return int(value)

    def need_integer(self, name: str) -> int:
        """Take a required whole number."""
        value = self.integer(name)
        if value is None:
            raise Refusal(
                400, f"Missing required param: {name}.", code="parameter_missing", param=name
            )
        return value

    def currency(self, name: str = "currency") -> str | None:
        """Take a currency code in lower case, as Stripe stores it, or None.

        docs.stripe.com/currencies
        """
        value = self.text(name)
        if value is None:
            return None
        if not _CURRENCY.fullmatch(value):
            raise Refusal(400, f"Invalid currency: {value}.", param=name)
        return value.lower()

    def metadata(self) -> Callable[[Mapping[str, str]], dict[str, str]]:
        """Take the metadata as a function from the old to the new.

        An empty value unsets all or one key. At most 50 keys of 40 characters, with values of 500:
        docs.stripe.com/api/metadata
        """
        given = self._left.pop("metadata", {})
        if given == "":
            return lambda _old: {}
        if not isinstance(given, dict) or not all(
            isinstance(value, str) for value in given.values()
        ):
            raise Refusal(400, "Invalid hash", param="metadata")
        for key, value in given.items():
            if len(key) > 40 or len(value) > 500:
                raise Refusal(
                    400,
                    "Metadata keys have at most 40 characters, values 500.",
                    param=f"metadata[{key}]",
                )
        if len(given) > _MOST_METADATA_KEYS:
            raise Refusal(400, "Metadata has at most 50 keys.", param="metadata")

        def change(old: Mapping[str, str]) -> dict[str, str]:
            new = {key: value for key, value in {**old, **given}.items() if value != ""}
            if len(new) > _MOST_METADATA_KEYS:
                raise Refusal(400, "Metadata has at most 50 keys.", param="metadata")
            return new

        return change

    def nested(self, name: str) -> Json:
        """Take a hash or a list, as a dict."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise Refusal(400, "Invalid hash", param=name)
        return value

    def expand(self, *known: str) -> frozenset[str]:
        """Take the names to expand: docs.stripe.com/api/expanding_objects."""
        names = [str(name) for name in self.nested("expand").values()]
        for name in names:
            if name not in known:
                raise Refusal(400, f"This property cannot be expanded ({name}).", param="expand")
        return frozenset(names)

    def done(self) -> None:
        """Reject fields that were not taken."""
        for name in self._left:
            raise Refusal(
                400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name
            )


@dataclass(frozen=True, slots=True)
class Paging:
    """The start and the length of a page of a list: docs.stripe.com/api/pagination."""

    limit: int
    starting_after: str | None
    ending_before: str | None
    created: Mapping[str, int]

    @classmethod
    def take(cls, fields: Fields) -> Paging:
        """Take the fields of every list: 1 to 100 objects, 10 by default."""
        limit = fields.integer("limit")
        limit = 10 if limit is None else limit
        if not 1 <= limit <= 100:
            raise Refusal(400, "Invalid limit: it must be between 1 and 100.", param="limit")
        after, before = fields.text("starting_after"), fields.text("ending_before")
        if after is not None and before is not None:
            raise Refusal(400, "You can only use one of starting_after and ending_before.")
        bounds = Fields(fields.nested("created"))
        created = {name: bounds.integer(name) for name in ("gt", "gte", "lt", "lte")}
        bounds.done()
        return cls(
            limit, after, before, {name: at for name, at in created.items() if at is not None}
        )

    def of(self, rows: Sequence[Json], url: str) -> Json:
        """Return one page of the rows, which are newest first."""
        rows = [row for row in rows if self._is_within(row["created"])]
        if self.ending_before is not None:
            end = _position(rows, self.ending_before, "ending_before")
            first = max(0, end - self.limit)
            page, more = rows[first:end], first > 0
        else:
            start = 0
            if self.starting_after is not None:
                start = _position(rows, self.starting_after, "starting_after") + 1
            page, more = rows[start : start + self.limit], len(rows) > start + self.limit
        return {"object": "list", "url": url, "has_more": more, "data": list(page)}

    def _is_within(self, created: int) -> bool:
        holds = {
            "gt": created.__gt__,
            "gte": created.__ge__,
            "lt": created.__lt__,
            "lte": created.__le__,
        }
        return all(holds[name](at) for name, at in self.created.items())


def _position(rows: Sequence[Json], cursor: str, param: str) -> int:
    for place, row in enumerate(rows):
        if row["id"] == cursor:
            return place
    raise Refusal(400, f"No such object: '{cursor}'", code="resource_missing", param=param)
