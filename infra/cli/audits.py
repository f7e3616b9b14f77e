"""The daily audit: whether the ledger and Stripe agree, and every difference by name."""

from __future__ import annotations

import typer

from infra.cli.context import Json, context_of
from infra.cli.output import moment

DIFFER = 1


def audit(ctx: typer.Context, as_json: Json = False) -> None:
    """Show the latest audit of ledger and Stripe; exit 1 where they differ."""
    context = context_of(ctx)
    output = context.output(as_json)
    told = context.client().get("audits", "latest").data
    if not output.raw(told):
        output.line(f"Audit of {told['day']}, {moment(told['at'])}", style="bold")
        output.line(
            f"{told['accounts']} accounts and {told['credits']} credits compared, {told['count']} differences"
        )
        if not told["complete"]:
            output.pairs({"no time for": told["left"] or "", "could not be read": told["unread"]})
        if told["differences"]:
            output.table(
                "Differences",
                ("kind", "account", "credit", "transaction", "what"),
                (
                    (each["kind"], each["account"], each["credit"], each["transaction"], each["sentence"])
                    for each in told["differences"]
                ),
            )
        if told["count"] > len(told["differences"]):
            output.line(f"and {told['count'] - len(told['differences'])} more")
    if told["count"]:
        raise typer.Exit(DIFFER)
