"""docs/events.md has every kind of event and every argument that may leave the timeline."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from goodword.domain.credits.credit import STATUSES
from goodword.domain.envelope import ARGUMENTS
from goodword.domain.mails.mail import NEWS
from tests.tidy.house import LAYER, ROOT, text_of

ROWS = re.findall(r"(?m)^\| `(\w+)` \| [A-Z].* \| (.*) \|$", text_of(ROOT / "docs/events.md"))
KINDS = {kind for kind, _ in ROWS}
MOVED = {f"{kind}_{status}" for kind in ("credit", "reversal") for status in STATUSES}
# What takes a credit back is never over a limit, and is not taken back itself.
NEVER = {"reversal_capped", "reversal_reversed"}
# Where a call names the kind of an entry: the place among its arguments.
CALLS = {"entry_for": 4, "note": 0}


def kinds_in(text: str) -> set[str]:
    """Return the kinds that calls name in so many words."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in CALLS and len(node.args) > CALLS[name]:
            kind = node.args[CALLS[name]]
            named = [kind.body, kind.orelse] if isinstance(kind, ast.IfExp) else [kind]
            found |= {str(each.value) for each in named if isinstance(each, ast.Constant)}
    return found


def test_every_kind_that_a_step_writes_is_documented() -> None:
    steps = [text_of(path) for path in Path(LAYER / "steps").rglob("*.py")]
    written = set().union(*(kinds_in(text) for text in steps))
    assert len(written) > 5
    assert written - KINDS == set()
    assert MOVED - NEVER <= KINDS


def test_a_kind_that_is_not_documented_is_found() -> None:
    text = 'entry_for(s, p, at, new, "lost", "It is lost.")\ndraft.note("a" if b else "c", "s")\n'
    assert kinds_in(text) == {"lost", "a", "c"}


def test_what_referrers_hear_of_is_documented() -> None:
    assert set(NEWS) - KINDS == set()


def test_every_argument_that_may_leave_is_documented() -> None:
    named = {name for _, data in ROWS for name in re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", data))}
    assert named == set(ARGUMENTS)
