"""The two tables of the redirect: it reads a link and puts a click.

Items have the shape of goodword.store; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC

from goodword.domain.links.visit import KEPT_DAYS, KnownLink
from goodword.redirect.dynamodb import DynamoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    Call = Callable[..., dict[str, Any]]


class RedirectTables:
    """Links and clicks of one deployment.

    call: Dynamo.call, or a stand-in with its parameters.
    """

    def __init__(self, call: Call, prefix: str) -> None:
        self._call = call
        self._links, self._clicks = f"{prefix}-links", f"{prefix}-clicks"

    def link(self, code: str, until: float) -> KnownLink | None:
        """Return one link, or None.

        The read is consistent, so that a new link works at once.
        """
        asked = {"TableName": self._links, "Key": {"code": {"S": code}}, "ConsistentRead": True}
        item = self._call("GetItem", asked, until=until, again=True).get("Item")
        return None if item is None else link_of(item)

    def put(self, until: float, **click: Any) -> None:
        """Store a click.

        A repeat writes the same item, so a put without an answer may be retried.
        """
        asked = {
            "TableName": self._clicks,
            "Item": item_of(**click),
            "ConditionExpression": "attribute_not_exists(click)",
        }
        try:
            self._call("PutItem", asked, until=until, again=True)
        except DynamoError as error:
            if error.code != "ConditionalCheckFailedException":
                raise


def item_of(
    *,
    click: str,
    code: str,
    program: str,
    at: datetime,
    source: str,
    agent: str,
    network: str,
    hints: tuple[str, ...],
) -> dict[str, Any]:
    """Return the item of a click (goodword.domain.links.click.Click)."""
    record: dict[str, Any] = {
        "click": {"S": click},
        "code": {"S": code},
        "program": {"S": program},
        "at": {"S": _stamp(at)},
        "source": {"S": source},
        "agent": {"S": agent},
        "network": {"S": network},
        "hints": {"L": [{"S": hint} for hint in hints]},
    }
    return {
        "click": {"S": click},
        "schema": {"N": "1"},
        "revision": {"N": "1"},
        "expires_at": {"N": str(int(at.timestamp()) + KEPT_DAYS * 86_400)},
        "record": {"M": record},
    }


def link_of(item: dict[str, Any]) -> KnownLink:
    """Read the redirect's fields of a link's item; a missing one gets its default."""
    record = item["record"]["M"]
    return KnownLink(
        code=record["code"]["S"],
        program=record["program"]["S"],
        target=record["target"]["S"],
        token_key=record["token_key"]["S"],
        address_key=record["address_key"]["S"],
        paused=record.get("paused", {}).get("BOOL", False),
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
