"""Connections: apply and show the mapping of a CRM's properties."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from goodword.domain.errors import BadInput
from goodword.domain.referrers.referrer import check_id
from goodword.http.api.read import read_connection
from infra.cli.context import Json, context_of
from infra.cli.errors import CliError
from infra.cli.files import compose, line_of, read_text, texts_of
from infra.cli.output import Output, moment

app = typer.Typer(no_args_is_help=True, help="Apply and show the mapping of a CRM's properties.")


@app.command()
def apply(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help="A connection's YAML file.", show_default=False
        ),
    ],
    as_json: Json = False,
) -> None:
    """Apply a connection's file as its next version."""
    context = context_of(ctx)
    output = context.output(as_json)
    name, terms = read_file(file)
    client = context.client()
    stored = client.find("connections", name)
    version = 0 if stored is None else int(stored["version"])
    made = client.put(
        "connections",
        name,
        content=json.dumps(terms).encode(),
        media="application/json",
        version=version,
    ).data
    if output.raw(made):
        return
    if stored is not None and made["version"] == version:
        output.line(f"{name}: nothing changed; version {version} has the same content.")
    else:
        output.line(
            f"{name}: version {version} → {made['version']}."
            if stored
            else f"{name} is new: version 1."
        )
    _report(made, output)


@app.command()
def show(
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(help="The connection's name.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show a connection's version in force."""
    context = context_of(ctx)
    output = context.output(as_json)
    result = context.client().get("connections", connection).data
    if not output.raw(result):
        _report(result, output)


def read_file(path: Path) -> tuple[str, dict[str, Any]]:
    """Read a connection's file: its name and the body of PUT.

    Raises CliError with file, line and field.
    """
    file = str(path)
    node = compose(read_text(path), file)
    terms: dict[str, Any] = texts_of(node, file)
    try:
        name = check_id(_name(terms), "connection")
        read_connection(name, terms)
    except BadInput as error:
        where = f"{file}:{line_of(node, error.where)}: {error.where}"
        raise CliError(error.what, where=where, remedy=error.remedy) from None
    return name, terms


def _name(terms: dict[str, Any]) -> str:
    name = terms.pop("connection", None)
    if not isinstance(name, str):
        raise BadInput(
            "connection is missing",
            where="connection",
            remedy="Set it to the name at the end of the webhook's address.",
        )
    return name


def _report(result: dict[str, Any], output: Output) -> None:
    output.pairs(
        {
            "connection": result["connection"],
            "kind": result["kind"],
            "version": result["version"],
            "applied": moment(result["applied_at"]),
            "programs": result["programs"],
            "address of the CRM": result["api_base"],
            "referral property": result["referral_property"],
            "currency": result["currency"],
        }
    )
    rows = [
        (
            name,
            mapping["attribute"],
            ", ".join(f"{raw} → {ours}" for raw, ours in mapping["values"].items()) or "as it is",
        )
        for name, mapping in sorted(result["properties"].items())
    ]
    output.table("Properties", ("the CRM's", "means", "values"), rows)
