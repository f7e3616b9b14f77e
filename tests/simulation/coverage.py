"""What the gate's schedules must meet: boundaries with each fault, all of Stripe's answers.

The boundaries are read off the source: every call of a port in a step that the simulation plays. So
a new call in a step is a new row of the table, and the gate fails until the schedules strike it
often enough.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.simulation.faults import KINDS, PASSED_OVER, Coverage

FLOOR: Final = 50
FULL: Final = 24_000  # schedules, from which on the floor must be reached
STEPS: Final = Path(__file__).resolve().parents[2] / "layers" / "core" / "goodword" / "steps"
PLAYED: Final = (
    "register_referral",
    "receive_webhook",
    "apply_event",
    "ask_refund",
    "qualify_referral",
    "evaluate_referral",
    "evaluation",
    "earn_credit",
    "follow_credit",
    "post_credit",
    "decide_credit",
    "sweep_credits",
    "mark_applied",
    "audit_ledger",
    "poll_crm",
    "expire_referrals",
)
# Calls of ports in these steps that the simulation does not cross, each with the reason.
NOT_CROSSED: Final[dict[str, str]] = {
    "apply_event._by_id referrals.get": (
        "no event of these stories carries our id; it is found as by e-mail"
    ),
    "apply_event._settle_tie crm.look_up": "no two values have one version; "
    "tests/steps/crm_copy/test_apply_event.py",
    "poll_crm._poll referrals.get": "no deal has two properties; "
    "tests/steps/crm_copy/test_poll_crm.py",
    "decide_credit._approve_in commit": "all are billed in dollars; "
    "tests/steps/decisions/test_decide_credit.py",
    "decide_credit._approve_in programs.latest": "all are billed in dollars; "
    "tests/steps/decisions/test_decide_credit.py",
    "register_referral._clicks counts.clicks": "no prospect comes by a link; "
    "tests/steps/referrals/test_register_referral.py",
    "apply_event.apply_delivery inbox.forget": "only after an erasure; "
    "tests/steps/referrals/test_erase_person.py",
}
# The outcomes of a send in the manual's terms, and how the simulation counts them.
STRIPE: Final[dict[str, str]] = {
    "200": "200",
    "replay of a 200": "replay of 200",
    "replay of a 500": "replay of 500",
    "409": "409",
    "429": "429",
    "late effect": "late effect came",
    "500 with no effect": "500 no effect",
    "500 with an immediate effect": "500 immediate effect",
    "500 with a late effect": "500 late effect came",
    "time-out, and nothing done": "time-out before",
    "time-out, and done": "time-out after",
    "401": "401",
}


@cache
def boundaries() -> tuple[str, ...]:
    """Return every boundary of the steps that are played, by name."""
    found: set[str] = set()
    for step in PLAYED:
        tree = ast.parse(next(STEPS.rglob(f"{step}.py")).read_text())
        found |= {f"{step}.{function} {port}" for function, port in _calls(tree, "")}
    return tuple(sorted(found - NOT_CROSSED.keys()))


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, str]]:
    """Yield each call of a port with the innermost function that it is in."""
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.Call) and inner not in PASSED_OVER:
            port = _port(child.func)
            if port:
                yield inner, port
        yield from _calls(child, inner)


def _port(called: ast.expr) -> str:
    """Return the port that is called, such as credits.get, or nothing."""
    if isinstance(called, ast.Name):
        return (
            "enqueue"
            if called.id == "enqueue"
            else "commit"
            if called.id in ("_move", "commit_move")
            else ""
        )
    if not isinstance(called, ast.Attribute):
        return ""
    if called.attr in ("commit", "enqueue", "ask"):
        return called.attr
    if called.attr == "move":  # of a person's decision
        return "commit"
    if called.attr == "look_up":
        return "crm.look_up"
    owner = called.value
    if not isinstance(owner, ast.Attribute):
        return ""
    if owner.attr in ("billing", "refunds", "inbox"):
        return f"{owner.attr}.{called.attr}"
    above = owner.value
    is_store = (isinstance(above, ast.Name) and above.id == "stores") or (
        isinstance(above, ast.Attribute) and above.attr == "stores"
    )
    return f"{owner.attr}.{called.attr}" if is_store else ""


def too_seldom(coverage: Coverage, floor: int = FLOOR) -> list[str]:
    """Name every cell of the table that was hit less often than the floor."""
    return [f"{cell} only {hits} times" for cell, hits in _cells(coverage) if hits < floor]


def least(coverage: Coverage) -> tuple[str, int]:
    """Return the cell of the table that was hit least often, and how often."""
    return min(_cells(coverage), key=lambda each: each[1])


def _cells(coverage: Coverage) -> list[tuple[str, int]]:
    cells = [
        (f"{name}: {kind}", coverage.struck[name, kind]) for name in boundaries() for kind in KINDS
    ]
    return [
        *cells,
        *((f"Stripe: {part}", coverage.stripe[counted]) for part, counted in STRIPE.items()),
    ]


def unlisted(coverage: Coverage) -> list[str]:
    """Name every boundary that was crossed and is not in the table."""
    return sorted(coverage.crossed.keys() - set(boundaries()))


def table(coverage: Coverage) -> list[str]:
    """Return the table as lines of text."""
    width = max(len(name) for name in boundaries()) + 2
    lines = [f"{'boundary':{width}}{'crossed':>9}  " + "".join(f"{kind:>19}" for kind in KINDS)]
    for name in boundaries():
        hits = "".join(f"{coverage.struck[name, kind]:>19,}" for kind in KINDS)
        lines.append(f"{name:{width}}{coverage.crossed[name]:>9,}  {hits}")
    lines += ["", f"{'Stripe':{width}}{'times':>9}"]
    lines += [f"{part:{width}}{coverage.stripe[counted]:>9,}" for part, counted in STRIPE.items()]
    lines += ["", "not crossed, and why", *(f"{name}: {why}" for name, why in NOT_CROSSED.items())]
    return lines
