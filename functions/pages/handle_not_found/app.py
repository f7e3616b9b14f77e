"""$default: answer a request that matches no route.

A malformed link code gets the same page as an unknown one.
"""

from __future__ import annotations

from typing import Any

from goodword.http.api.problem import answer_of, problem
from goodword.pages.plain import not_found_answer


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer 404."""
    if event.get("rawPath", "").startswith("/r/"):
        return not_found_answer(event.get("headers") or {})
    return answer_of(
        problem(
            404,
            "Not found",
            "There is nothing at this address, or it does not take this method.",
            remedy="Check the address and the method.",
            kind="not-found",
        )
    )
