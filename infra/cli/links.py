"""Links: make one for a referrer, show it, report when it was mailed, pause and resume it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from goodword.domain.links.link import CHANNELS
from goodword.http.api.read import read_link_change
from infra.cli.context import Json, context_of
from infra.cli.output import moment

app = typer.Typer(
    no_args_is_help=True, help="Make, show, pause and resume links, and say when they were mailed."
)
Code = Annotated[
    str,
    typer.Argument(help="The link's code: what follows /r/ in its address.", show_default=False),
]


@app.command()
def make(
    ctx: typer.Context,
    referrer: Annotated[
        str, typer.Argument(help="The referrer who shares it.", show_default=False)
    ],
    program: Annotated[str, typer.Option(help="The program.", show_default=False)],
    code: Annotated[
        str, typer.Option(help="A vanity code of a-z, 0-9 and -; by default the code is random.")
    ] = "",
    channel: Annotated[
        str, typer.Option(help=f"Where it is shared: {', '.join(CHANNELS)}.")
    ] = "other",
    target: Annotated[str, typer.Option(help="The target, if not the program's own.")] = "",
    internal_only: Annotated[
        bool,
        typer.Option("--internal-only", help="It is shared among the referrer's own colleagues."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a link and print its address."""
    context = context_of(ctx)
    output = context.output(as_json)
    wish: dict[str, Any] = {"program": program, "channel": channel, "internal_only": internal_only}
    wish |= {name: value for name, value in (("code", code), ("target", target)) if value}
    result = (
        context.client()
        .post("referrers", referrer, "links", body=wish, request=context.request())
        .data
    )
    if not output.raw(result):
        output.line(result["url"])


@app.command()
def show(ctx: typer.Context, code: Code, as_json: Json = False) -> None:
    """Show a link and its clicks."""
    context = context_of(ctx)
    output = context.output(as_json)
    result = context.client().get("links", code).data
    if not output.raw(result):
        times = {name: moment(result[name]) for name in ("created_at", "mailed_at")}
        output.pairs({**result, **times})


@app.command()
def mailed(
    ctx: typer.Context,
    code: Code,
    at: Annotated[
        str,
        typer.Option(help="When it was delivered, such as 2027-01-31T12:00:00Z; now without it."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Report when a mail with a link was delivered, so that scanners' clicks are recognized.

    A click within a second of the delivery is a mail scanner's. Clicks are classified up to a
    minute after they arrive, so report the delivery at once.
    """
    context = context_of(ctx)
    output = context.output(as_json)
    body = {"mailed_at": at or context.outside.now().isoformat()}
    read_link_change(body)
    result = context.client().patch("links", code, body=body).data
    if not output.raw(result):
        output.line(f"{result['url']} was mailed at {moment(result['mailed_at'])}.")


@app.command()
def pause(ctx: typer.Context, code: Code, as_json: Json = False) -> None:
    """Pause a link: its visitors get the page of an unknown link."""
    _change(ctx, code, paused=True, as_json=as_json)


@app.command()
def resume(ctx: typer.Context, code: Code, as_json: Json = False) -> None:
    """Resume a paused link."""
    _change(ctx, code, paused=False, as_json=as_json)


def _change(ctx: typer.Context, code: str, *, paused: bool, as_json: bool) -> None:
    context = context_of(ctx)
    output = context.output(as_json)
    result = context.client().patch("links", code, body={"paused": paused}).data
    if not output.raw(result):
        output.line(
            f"{result['url']} {'is paused' if result['paused'] else 'is active'} within a minute."
        )
