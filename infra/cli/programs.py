"""Programs: check their files, apply them, show the version in force."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from goodword.domain.errors import Refused
from goodword.domain.programs.program import Program
from goodword.messages.offer import describe_terms
from goodword.programs.reader import read_program
from infra.cli.context import Json, context_of
from infra.cli.errors import CliError, as_cli_error, one_line
from infra.cli.files import read_text
from infra.cli.output import Output, moment

app = typer.Typer(no_args_is_help=True, help="Check, apply and show programs.")
File = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, help="A program's YAML file.", show_default=False),
]


@app.command()
def check(
    ctx: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            exists=True, dir_okay=False, help="Programs' YAML files.", show_default=False
        ),
    ],
    as_json: Json = False,
) -> None:
    """Check program files on this machine, without a network."""
    output = context_of(ctx).output(as_json)
    result = [_checked(path) for path in files]
    if not output.raw(result):
        for each in result:
            if each["ok"]:
                output.line(f"{each['file']}: {each['offer']}")
            else:
                output.note(each["error"])
    if not all(each["ok"] for each in result):
        raise typer.Exit(1)


@app.command()
def apply(ctx: typer.Context, file: File, as_json: Json = False) -> None:
    """Apply a program file as the program's next version, and print the offer."""
    context = context_of(ctx)
    output = context.output(as_json)
    text = read_text(file)
    wanted = read_program(text, file=str(file))
    client = context.client()
    stored = client.find("programs", wanted.program)
    version = 0 if stored is None else int(stored["version"])
    made = client.put(
        "programs", wanted.program, content=text.encode(), media="application/yaml", version=version
    ).data
    if not output.raw(made):
        _report(wanted, stored, made, output)


@app.command()
def show(
    ctx: typer.Context,
    program: Annotated[str, typer.Argument(help="The program's id.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show a program's version in force."""
    context = context_of(ctx)
    output = context.output(as_json)
    result = context.client().get("programs", program).data
    if output.raw(result):
        return
    output.pairs(
        {
            "program": result["program"],
            "version": result["version"],
            "applied": moment(result["applied_at"]),
            "prospect gets": result["prospect_gets"],
        }
    )
    output.line()
    output.line(result["offer"], style="bold")
    output.line()
    for line in result["source"].splitlines():
        output.line(f"  {line}")


def _checked(path: Path) -> dict[str, Any]:
    try:
        made = read_program(read_text(path), file=str(path))
    except (CliError, Refused) as error:
        result = as_cli_error(error)
        parts = {"where": result.where, "what": result.what, "remedy": result.remedy}
        return {"file": str(path), "ok": False, "error": one_line(result), **parts}
    return {"file": str(path), "ok": True, "program": made.program, "offer": describe_terms(made)}


def _report(
    wanted: Program, stored: dict[str, Any] | None, made: dict[str, Any], output: Output
) -> None:
    """Print the version in force, the changes, and the offer in one sentence."""
    name, version = made["program"], made["version"]
    if stored is None:
        output.line(f"{name} is new: version {version}.")
    elif stored["version"] == version:
        output.line(f"{name}: nothing changed; version {version} has the same content.")
    else:
        changed = ", ".join(changed_fields(stored["document"], wanted.document)) or "words only"
        output.line(f"{name}: version {stored['version']} → {version}; changed: {changed}.")
        if stored["offer"] != made["offer"]:
            output.line(f"Before: {stored['offer']}")
        output.line(f"Referrals that were made under version {stored['version']} keep it.")
    output.line(made["offer"], style="bold")


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of the fields in which two programs differ, with each milestone by name."""
    names = sorted(
        name
        for name in {*before, *after}
        if before.get(name) != after.get(name) and name != "milestones"
    )
    old = {each["milestone"]: each for each in before.get("milestones", [])}
    new = {each["milestone"]: each for each in after.get("milestones", [])}
    for name in sorted({*old, *new}):
        one, other = old.get(name, {}), new.get(name, {})
        if not one or not other:
            names.append(f"milestone {name} {'added' if other else 'left out'}")
        else:
            names.extend(
                f"{name}.{each}"
                for each in sorted({*one, *other})
                if one.get(each) != other.get(each)
            )
    if not names and list(old) != list(new):
        names.append("order of milestones")
    return names
