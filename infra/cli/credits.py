"""Credits: list them by status, and decide on those that wait for a person."""

from __future__ import annotations

from typing import Annotated

import typer

from goodword.domain.credits.credit import Status
from infra.cli.context import Json, context_of
from infra.cli.output import moment

app = typer.Typer(no_args_is_help=True, help="List credits, and decide on them.")
CreditId = Annotated[str, typer.Argument(help="The credit's id.", show_default=False)]
Reason = Annotated[str, typer.Option(help="The reason, for the timeline.", show_default=False)]


@app.command("list")
def list_(
    ctx: typer.Context,
    status: Annotated[Status, typer.Option(help="Which of them.")] = "held",
    as_json: Json = False,
) -> None:
    """List the credits of one status, newest first."""
    context = context_of(ctx)
    output = context.output(as_json)
    client = context.client()
    first = client.get("credits", status=status).data
    result = client.all_pages(first, ("credits",), "credits", "next", "after", status=status)
    if output.raw(result):
        return
    output.table(
        f"Credits, {status}",
        ("credit", "amount", "account", "referral", "earned", "hold", "reasons"),
        (
            (
                each["credit"],
                each["amount"],
                each["account"],
                each["referral"],
                moment(each["earned_at"]),
                # The codes that the runbook's table lists.
                ", ".join(reason["code"] for reason in each["reasons"]),
                "; ".join(reason["sentence"] for reason in each["reasons"]),
            )
            for each in result["credits"]
        ),
    )


@app.command()
def approve(ctx: typer.Context, credit: CreditId, reason: Reason, as_json: Json = False) -> None:
    """Approve a held credit."""
    _decide(ctx, credit, "approve", reason, as_json)


@app.command()
def cancel(ctx: typer.Context, credit: CreditId, reason: Reason, as_json: Json = False) -> None:
    """Cancel a credit that was never sent to Stripe."""
    _decide(ctx, credit, "cancel", reason, as_json)


@app.command()
def reverse(ctx: typer.Context, credit: CreditId, reason: Reason, as_json: Json = False) -> None:
    """Take a posted credit back; print its reversal, which may wait for approval."""
    _decide(ctx, credit, "reverse", reason, as_json)


def _decide(ctx: typer.Context, credit: str, decision: str, reason: str, as_json: bool) -> None:
    context = context_of(ctx)
    output = context.output(as_json)
    result = context.client().post("credits", credit, decision, body={"reason": reason}).data
    if not output.raw(result):
        output.line(f"{result['credit']}: {result['amount']['text']} is {result['status']}.")
