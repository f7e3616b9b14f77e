"""An account's statement: earned and pending credits, and the state of its referrals."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.cli.context import Json, context_of
from infra.cli.output import moment


def statement(
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(help="The billing account.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show an account's earned and pending credits."""
    context = context_of(ctx)
    output = context.output(as_json)
    client = context.client()
    path = ("accounts", account, "statement")
    result = client.get(*path).data
    result = client.all_pages(result, path, "credits", "next_credits", "credits_after")
    result = client.all_pages(result, path, "referrals", "next_referrals", "referrals_after")
    if output.raw(result):
        return
    output.line(f"Account {result['account']}, {moment(result['at'])}", style="bold")
    output.pairs({status: amounts for status, amounts in result["sums"].items() if amounts})
    output.table(
        "Credits",
        ("credit", "amount", "status", "earned", "posted", "how it stands"),
        (
            (
                each["credit"],
                each["amount"],
                each["status"],
                moment(each["earned_at"]),
                moment(each["posted_at"]),
                each["sentence"],
            )
            for each in result["credits"]
        ),
    )
    output.table(
        "Referrals",
        ("referral", "program", "referrer", "made", "open", "milestones"),
        (
            (
                each["referral"],
                each["program"],
                each["referrer"],
                moment(each["created_at"]),
                each["open"],
                {name: answer.replace("_", " ") for name, answer in each["milestones"].items()},
            )
            for each in result["referrals"]
        ),
    )
