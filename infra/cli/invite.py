"""Invite contacts of the CRM: by mail, or with links that you send yourself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from goodword.contact_validation.reader import ContactFields
from goodword.http.api.read import MOST_INVITED, read_referrer
from goodword.pages.csv import csv_text
from infra.cli.client import Client
from infra.cli.context import Json, context_of
from infra.cli.errors import CliError, NotNow, Usage, one_line
from infra.cli.files import read_text
from infra.cli.output import Output
from infra.cli.roster import TO_INVITE, RosterRow, read_roster

COLUMNS = ("referrer", "crm_id", "name", "email", "link", "until", "came", "mailed")
_CAME = ("invited", "invited_before", "enrolled")


def invite(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="A CSV file.", show_default=False),
    ] = None,
    program: Annotated[str, typer.Option(help="The program.", show_default=False)] = "",
    email: Annotated[
        str, typer.Option(help="One contact's e-mail address, instead of a file.")
    ] = "",
    name: Annotated[str, typer.Option(help="Their name.")] = "",
    account: Annotated[str, typer.Option(help="Their billing account: a Stripe customer.")] = "",
    crm_id: Annotated[str, typer.Option(help="Their id at the CRM.")] = "",
    no_mail: Annotated[
        bool, typer.Option("--no-mail", help="Send nothing, only give the links.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Mail those who were mailed before, too.")
    ] = False,
    links: Annotated[
        Path | None, typer.Option(help="A CSV file to write the links into.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Invite the contacts of a CSV file, or one by --email; safe to repeat.

    Columns: account, name, email, and optionally referrer, crm_id, company, segment, locale, rep,
    group, nps, products (separated by ;) and currency. While an invitation is valid, its contact
    keeps the same link.
    """
    context = context_of(ctx)
    output = context.output(as_json)
    if not program:
        raise Usage(
            "the program is missing",
            where="--program",
            remedy="Add --program with the program's id.",
        )
    rows, source = _rows(
        file, {"email": email, "name": name, "account": account, "crm_id": crm_id}, context
    )
    wish = {"program": program, "mail": not no_mail, "again": again}
    result = _send(rows, wish, source, context.client(), output)
    if links is not None:
        links.write_text(csv_text(COLUMNS, _cells(rows, result)), encoding="utf-8", newline="")
    if not output.raw({"invitations": result}):
        _report(result, links, output)
    if any("problem" in each for each in result):
        raise typer.Exit(1)


def _rows(file: Path | None, one: dict[str, str], context: Any) -> tuple[list[RosterRow], str]:
    """Return the contacts and their source.

    Raise CliError for an invalid row, before any invitation is sent.
    """
    given = {key: value for key, value in one.items() if value}
    if (file is None) == (not given):
        raise Usage(
            "give either a file or --email", where="FILE", remedy="See goodword invite --help."
        )
    if file is None:
        read_referrer({"referrer": "one", **given}, ContactFields(), context.outside.now())
        return [RosterRow(1, dict(given))], "--email"
    source = str(file)
    roster = read_roster(read_text(file), source, context.outside.now(), TO_INVITE)
    for error in roster.errors:
        context.output().note(one_line(error))
    if roster.errors:
        raise CliError(
            f"{len(roster.errors)} rows have errors; no contact was invited",
            where=source,
            remedy="Correct them, and run the command again.",
        )
    return roster.rows, source


def _send(
    rows: list[RosterRow], wish: dict[str, Any], source: str, client: Client, output: Output
) -> list[dict[str, Any]]:
    """Invite in batches; the result of each contact replaces the contact in the list."""
    result: list[dict[str, Any]] = []
    for start in range(0, len(rows), MOST_INVITED):
        part = rows[start : start + MOST_INVITED]
        body = {**wish, "contacts": [row.body for row in part]}
        try:
            result += client.post("invitations", body=body, repeatable=True).data["invitations"]
        except NotNow as error:
            raise NotNow(
                f"{error.what}, after {start} of {len(rows)} contacts",
                where=source,
                remedy="Run the same command again later: invited contacts keep their link.",
                status=error.status,
            ) from None
    for row, each in zip(rows, result, strict=True):
        if "problem" in each:
            problem = each["problem"]
            output.note(
                f"{source}:{row.line}: {problem['detail']}. {problem.get('remedy', '')}".rstrip()
            )
    return result


def _cells(rows: list[RosterRow], result: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [
        tuple((row.body | each).get(column) or "" for column in COLUMNS)
        for row, each in zip(rows, result, strict=True)
    ]


def _report(result: list[dict[str, Any]], links: Path | None, output: Output) -> None:
    counts = {came: sum(each.get("came") == came for each in result) for came in _CAME}
    queued = sum(each.get("mailed") == "queued" for each in result)
    stopped = sum(each.get("mailed") == "stopped" for each in result)
    output.line(
        f"{counts['invited']} invited, {counts['invited_before']} invited before, "
        f"{counts['enrolled']} enrolled already; {queued} mails on their way."
    )
    if stopped:
        output.line(
            f"{stopped} get no mail, since they unsubscribed or bounced; send their links yourself."
        )
    if links is not None:
        output.line(f"The links are in {links}.")
    else:
        for each in result:
            if each.get("link"):
                output.line(f"{each['email']}  {each['link']}")
