"""Keys to /v1: make one, list them, revoke one."""

from __future__ import annotations

from typing import Annotated

import typer

from goodword.http.api.read import read_key_wish
from infra.cli.context import Json, context_of
from infra.cli.errors import Usage
from infra.cli.output import moment

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke keys to the /v1 interface.")


@app.command()
def make(
    ctx: typer.Context,
    scope: Annotated[
        list[str],
        typer.Option(
            metavar="SCOPE", help="admin, crm or read; may be repeated.", show_default=False
        ),
    ],
    label: Annotated[str, typer.Option(help="Who or what will use it.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Make a key and print it once."""
    context = context_of(ctx)
    output = context.output(as_json)
    wish = {"scopes": list(scope), "label": label}
    read_key_wish(wish)
    # Never retried automatically: a key whose answer was lost cannot be shown again.
    result = (
        context.client().post("keys", body=wish, request=context.request(), repeatable=False).data
    )
    if output.raw(result):
        return
    output.note(
        f"Key {result['key']} ({', '.join(result['scopes'])}). "
        "It is shown only once and not stored."
    )
    output.line(result["bearer"])


@app.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List all keys by their public names, the newest first."""
    context = context_of(ctx)
    output = context.output(as_json)
    client = context.client()
    result = client.all_pages(client.get("keys").data, ("keys",), "keys", "next", "after")
    if output.raw(result):
        return
    output.table(
        "Keys",
        ("key", "scopes", "label", "made", "revoked", "by"),
        (
            (
                each["key"],
                ", ".join(each["scopes"]),
                each["label"],
                moment(each["created_at"]),
                moment(each["revoked_at"])
                if each["revoked_at"]
                else "yes"
                if each["revoked"]
                else "",
                each["revoked_by"],
            )
            for each in result["keys"]
        ),
    )


@app.command()
def revoke(
    ctx: typer.Context,
    key: Annotated[
        str,
        typer.Argument(help="The key's public name: the NAME of gw_NAME_….", show_default=False),
    ],
    as_json: Json = False,
) -> None:
    """Revoke a key for good, from its next request on."""
    context = context_of(ctx)
    output = context.output(as_json)
    if key.startswith("gw_"):
        raise Usage(
            "this is a whole key, not its name",
            where="KEY",
            remedy="Give only the name, between gw_ and the next _: the rest is its secret.",
        )
    result = context.client().post("keys", key, "revoke", body={}).data
    if not output.raw(result):
        output.line(f"Key {result['key']} ({result['label']}) is revoked.")
