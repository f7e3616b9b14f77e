"""Keys to /v1: make one."""

from __future__ import annotations

from typing import Annotated

import typer

from goodword.edge.read import read_key_wish
from infra.cli.desk import Json, desk_of

app = typer.Typer(no_args_is_help=True, help="Make keys to the /v1 interface.")


@app.command()
def make(
    ctx: typer.Context,
    scope: Annotated[
        list[str],
        typer.Option(metavar="SCOPE", help="admin, crm or read; may be repeated.", show_default=False),
    ],
    label: Annotated[str, typer.Option(help="Who or what will use it.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Make a key and show it, only this once."""
    desk = desk_of(ctx)
    output = desk.output(as_json)
    wish = {"scopes": list(scope), "label": label}
    read_key_wish(wish)
    # Never sent again by itself: a key whose answer got lost could be shown to nobody.
    told = desk.client().post("keys", body=wish, request=desk.request(), repeatable=False).data
    if output.raw(told):
        return
    output.note(
        f"Key {told['key']} ({', '.join(told['scopes'])}). It is shown only this once and stored nowhere."
    )
    output.line(told["bearer"])
