"""The daily audit: whether the ledger and Stripe agree, and every difference by name."""

from __future__ import annotations

import typer

from infra.cli.context import Json, context_of
from infra.cli.output import moment

# 1 is an error, such as no audit yet, and 2 wrong usage.
DIFFER = 3


def audit(ctx: typer.Context, as_json: Json = False) -> None:
    """Show the latest audit of ledger and Stripe; exit 3 where they differ."""
    context = context_of(ctx)
    output = context.output(as_json)
    result = context.client().get("audits", "latest").data
    if not output.raw(result):
        output.line(f"Audit of {result['day']}, {moment(result['at'])}", style="bold")
        output.line(
            f"{result['accounts']} accounts and {result['credits']} credits compared, "
            f"{result['count']} differences"
        )
        if not result["complete"]:
            output.pairs(
                {"no time for": result["left"] or "", "could not be read": result["unread"]}
            )
        if result["differences"]:
            output.table(
                "Differences",
                ("kind", "account", "credit", "transaction", "what"),
                (
                    (
                        each["kind"],
                        each["account"],
                        each["credit"],
                        each["transaction"],
                        each["sentence"],
                    )
                    for each in result["differences"]
                ),
            )
        if result["count"] > len(result["differences"]):
            output.line(f"and {result['count'] - len(result['differences'])} more")
    if result["count"]:
        raise typer.Exit(DIFFER)
