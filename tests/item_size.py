"""How large an item is to DynamoDB, to the byte.

Source: the DynamoDB developer guide, "DynamoDB Item sizes and formats".
"""

from __future__ import annotations

from typing import Any


def item_size(item: dict[str, Any]) -> int:
    """Return the bytes that an item in DynamoDB's JSON is charged for."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(typed: dict[str, Any]) -> int:
    """Return the bytes of one value. Numbers: one for two digits, one more, and one for a minus."""
    ((kind, content),) = typed.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        digits = content.lstrip("-").replace(".", "").strip("0") or "0"
        return (len(digits) + 1) // 2 + 1 + content.startswith("-")
    if kind == "L":
        return 3 + sum(1 + value_size(each) for each in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + value_size(each) for name, each in content.items())
    if kind == "SS":
        return sum(len(each.encode()) for each in content)
    assert kind in ("BOOL", "NULL"), kind
    return 1
