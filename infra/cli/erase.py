"""Erase a person: a prospect by their referral, or a referrer. Credits stay unchanged."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.cli.context import Json, context_of
from infra.cli.output import moment

app = typer.Typer(no_args_is_help=True, help="Take a person's data out of every store.")
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first; there is no way back.")]


@app.command()
def referral(
    ctx: typer.Context,
    referral: Annotated[str, typer.Argument(help="The referral's id.", show_default=False)],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Erase the prospect of a referral; a repeat prints the same result."""
    _erase(ctx, ("referrals", referral), yes, as_json)


@app.command()
def referrer(
    ctx: typer.Context,
    referrer: Annotated[str, typer.Argument(help="The referrer's id.", show_default=False)],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Erase a referrer and pause their links; a repeat prints the same result."""
    _erase(ctx, ("referrers", referrer), yes, as_json)


def _erase(ctx: typer.Context, path: tuple[str, str], yes: bool, as_json: bool) -> None:
    context = context_of(ctx)
    output = context.output(as_json)
    client = context.client()
    if not yes:
        typer.confirm(f"Erase the person behind {path[1]} for good?", abort=True, err=True)
    result = client.post(*path, "erase", body={}).data
    if output.raw(result):
        return
    output.line(f"{result['erased']} was erased on {moment(result['erased_at'])}.")
    output.table(
        "In the stores",
        ("store", "emptied", "stays"),
        ((each["store"], each["emptied"], each["stays"]) for each in result["stores"]),
    )
    output.table(
        "Still stored elsewhere",
        ("where", "what", "until"),
        ((each["place"], each["what"], moment(each["until"])) for each in result["still_stored"]),
    )
