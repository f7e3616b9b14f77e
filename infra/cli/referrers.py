"""Referrers: enroll one, change one, import many, show one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from goodword.contact_validation.reader import ContactFields
from goodword.domain.locale import LOCALES
from goodword.domain.referrers.referrer import CHANGEABLE_FIELDS, Earns
from goodword.http.api.read import read_referrer, read_referrer_change
from infra.cli.client import Client
from infra.cli.context import Json, context_of
from infra.cli.errors import CliError, NotNow, Usage, one_line
from infra.cli.files import read_text
from infra.cli.output import Output, moment
from infra.cli.roster import RosterRow, read_roster

# Errors of one row; any other error (an invalid key, say) would be the same for every row.
OF_THE_ROW = (400, 409, 413, 422)
CREATED = 201
CONFLICT = 409

app = typer.Typer(no_args_is_help=True, help="Enroll, change, import and show referrers.")


@app.command()
def enroll(
    ctx: typer.Context,
    referrer: Annotated[str, typer.Argument(help="Your own id of the person.", show_default=False)],
    account: Annotated[
        str, typer.Option(help="The billing account: a Stripe customer.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="The person's name.", show_default=False)],
    email: Annotated[str, typer.Option(help="The person's e-mail address.", show_default=False)],
    earns: Annotated[
        Earns, typer.Option(help="Whether they may earn credits; ask holds each for approval.")
    ] = "yes",
    crm_id: Annotated[str, typer.Option(help="The person's id at the CRM.")] = "",
    rep: Annotated[str, typer.Option(help="The salesperson.")] = "",
    group: Annotated[str, typer.Option(help="The sales group.")] = "",
    nps: Annotated[
        int | None, typer.Option(min=0, max=10, help="How likely they are to recommend.")
    ] = None,
    product: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A product they use; may be repeated.")
    ] = None,
    currency: Annotated[str, typer.Option(help="The account's currency, such as USD.")] = "",
    company: Annotated[str, typer.Option(help="The person's company.")] = "",
    segment: Annotated[str, typer.Option(help="Of their company; some need a sign-off.")] = "",
    locale: Annotated[
        str, typer.Option(help=f"The language of their pages and mails: {' or '.join(LOCALES)}.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Enroll a referrer; a repeat changes nothing."""
    context = context_of(ctx)
    output = context.output(as_json)
    said: dict[str, Any] = {
        "referrer": referrer,
        "account": account,
        "name": name,
        "email": email,
        "earns": earns,
        "crm_id": crm_id,
        "rep": rep,
        "group": group,
        "nps": nps,
        "products": product,
        "currency": currency,
        "company": company,
        "segment": segment,
        "locale": locale,
    }
    body = {field_: value for field_, value in said.items() if value not in (None, "", [])}
    read_referrer(body, ContactFields(), context.outside.now())
    answer = context.client().post("referrers", body=body)
    if not output.raw(answer.data):
        how = "is enrolled" if answer.status == CREATED else "was enrolled already"
        output.line(f"{answer.data['referrer']} {how}, of account {answer.data['account']}.")


@app.command()
def change(
    ctx: typer.Context,
    referrer: Annotated[str, typer.Argument(help="The referrer's id.", show_default=False)],
    name: Annotated[str | None, typer.Option(help="The person's name.")] = None,
    company: Annotated[str | None, typer.Option(help="The person's company.")] = None,
    segment: Annotated[
        str | None, typer.Option(help="Of their company; some need a sign-off.")
    ] = None,
    earns: Annotated[Earns | None, typer.Option(help="Whether they may earn credits.")] = None,
    crm_id: Annotated[str | None, typer.Option(help="The person's id at the CRM.")] = None,
    rep: Annotated[str | None, typer.Option(help="The salesperson.")] = None,
    group: Annotated[str | None, typer.Option(help="The sales group.")] = None,
    nps: Annotated[
        int | None, typer.Option(min=0, max=10, help="How likely they are to recommend.")
    ] = None,
    product: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A product they use, replacing the present ones; may be repeated."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Change a referrer's data; omitted fields stay, and "" empties one.

    Account and e-mail address cannot be changed. --earns does not affect posted or pending credits.
    """
    context = context_of(ctx)
    output = context.output(as_json)
    products = None if product is None else [each for each in product if each]
    said = (name, company, segment, crm_id, rep, group, nps, products, earns)
    body = {
        field_: value
        for field_, value in zip(CHANGEABLE_FIELDS, said, strict=True)
        if value is not None
    }
    if not body:
        raise Usage("no change is given", where="the options", remedy="Give at least one option.")
    read_referrer_change(body, ContactFields())
    result = context.client().patch("referrers", referrer, body=body).data
    if not output.raw(result):
        output.line(f"{result['referrer']} is up to date{_still(result, earns)}.")


def _still(result: dict[str, Any], wished: Earns | None) -> str:
    """Return a note if an approver's answer applies instead of the requested value."""
    if wished is None or result["earns"] == wished:
        return ""
    return f"; earns stays {result['earns']}, as their approver answered"


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.", show_default=False)
    ],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Import the good rows of a file that has errors.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Change referrers who are enrolled with other data.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Enroll the referrers of a CSV file; safe to repeat.

    Columns: referrer, account, name, email, and optionally earns, crm_id, rep, group, nps, products
    (separated by ;), currency, company, segment and locale. All rows are checked before any is
    sent. An empty cell means no value: with --update, too, it keeps the stored value.
    """
    context = context_of(ctx)
    output = context.output(as_json)
    roster = read_roster(read_text(file), str(file), context.outside.now())
    for error in roster.errors:
        output.note(one_line(error))
    if roster.errors and not skip_bad:
        bad, all_ = len(roster.errors), len(roster.errors) + len(roster.rows)
        raise CliError(
            f"{bad} of {all_} rows have errors; none was sent",
            where=str(file),
            remedy="Correct them, or use --skip-bad to import the others.",
        )
    report = _send(roster.rows, str(file), context.client(), output, update=update)
    report.skipped = len(roster.errors)
    if not output.raw(report.summary()):
        output.line(
            f"{report.enrolled} enrolled, {report.already} already there, "
            f"{f'{report.changed} changed, ' if update else ''}"
            f"{len(report.failed)} failed, {report.skipped} skipped."
        )
    if report.failed:
        raise typer.Exit(1)


@app.command()
def show(
    ctx: typer.Context,
    referrer: Annotated[str, typer.Argument(help="The referrer's id.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show a referrer."""
    context = context_of(ctx)
    output = context.output(as_json)
    result = context.client().get("referrers", referrer).data
    if not output.raw(result):
        output.pairs({**result, "created_at": moment(result["created_at"])})


@dataclass(slots=True)
class _Report:
    """The outcome of an import."""

    enrolled: int = 0
    already: int = 0
    changed: int = 0
    skipped: int = 0
    failed: list[dict[str, object]] = field(default_factory=list)

    def summary(self) -> dict[str, object]:
        return {
            "enrolled": self.enrolled,
            "already": self.already,
            "changed": self.changed,
            "failed": self.failed,
            "skipped": self.skipped,
        }


def _send(
    rows: list[RosterRow], file: str, client: Client, output: Output, *, update: bool
) -> _Report:
    """Enroll or change row by row; an error of one row does not stop the others."""
    report = _Report()
    shown = track(
        rows,
        description="Enrolling",
        console=output.notes,
        transient=True,
        disable=not output.notes.is_terminal,
    )
    for done, row in enumerate(shown):
        try:
            came = _enrolled_or_changed(row, client) if update else _enrolled(row, client)
        except NotNow as error:
            raise NotNow(
                f"{error.what}, after {done} of {len(rows)} rows",
                where=f"{file}:{row.line}",
                remedy="Run the same command again later: enrolled referrers stay unchanged.",
                status=error.status,
            ) from None
        except CliError as error:
            if error.status not in OF_THE_ROW:
                raise
            error.where = f"{file}:{row.line}: {error.where}".removesuffix(": ")
            output.note(one_line(error))
            report.failed.append(
                {"line": row.line, "referrer": row.body["referrer"], "what": error.what}
            )
        else:
            report.enrolled += came == "enrolled"
            report.already += came == "already"
            report.changed += came == "changed"
    return report


def _enrolled(row: RosterRow, client: Client) -> str:
    return "enrolled" if client.post("referrers", body=row.body).status == CREATED else "already"


def _enrolled_or_changed(row: RosterRow, client: Client) -> str:
    """Enroll the row's referrer, or change their stored data.

    Enrolling again after a change reports a difference that no change can correct, such as the
    account's currency.
    """
    try:
        return _enrolled(row, client)
    except CliError as error:
        if (error.status, error.where) != (CONFLICT, "referrer"):
            raise
    said = {name: row.body[name] for name in CHANGEABLE_FIELDS if name in row.body}
    client.patch("referrers", row.body["referrer"], body=said)
    _enrolled(row, client)
    return "changed"
