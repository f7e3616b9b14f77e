"""Customers: enrol one, import many, show one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track

from goodword.contact.reader import ContactFields
from goodword.domain.customer import MayEarn
from goodword.edge.read import read_customer
from infra.cli.client import Client
from infra.cli.desk import Json, desk_of
from infra.cli.errors import CliError, NotNow, one_line
from infra.cli.files import read_text
from infra.cli.output import Output, moment
from infra.cli.roster import RosterRow, read_roster

# These speak of one row; anything else (a key that does not hold, say) would say the same of every row.
OF_THE_ROW = (400, 409, 413, 422)
CREATED = 201

app = typer.Typer(no_args_is_help=True, help="Enrol, import and show customers.")


@app.command()
def enrol(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(help="Your own id of the person.", show_default=False)],
    account: Annotated[str, typer.Option(help="The billing account: a Stripe customer.", show_default=False)],
    name: Annotated[str, typer.Option(help="The person's name.", show_default=False)],
    email: Annotated[str, typer.Option(help="The person's e-mail address.", show_default=False)],
    may_earn: Annotated[MayEarn, typer.Option(help="Whether they may earn credits; ask holds each.")] = "yes",
    crm_id: Annotated[str, typer.Option(help="The person's id at the CRM.")] = "",
    rep: Annotated[str, typer.Option(help="The salesperson.")] = "",
    group: Annotated[str, typer.Option(help="The sales group.")] = "",
    nps: Annotated[int | None, typer.Option(min=0, max=10, help="How likely they are to recommend.")] = None,
    product: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A product they use; may be repeated.")
    ] = None,
    currency: Annotated[str, typer.Option(help="The account's currency, such as USD.")] = "",
    as_json: Json = False,
) -> None:
    """Enrol a customer; the same again changes nothing."""
    desk = desk_of(ctx)
    output = desk.output(as_json)
    said: dict[str, Any] = {
        "customer": customer,
        "account": account,
        "name": name,
        "email": email,
        "may_earn": may_earn,
        "crm_id": crm_id,
        "rep": rep,
        "group": group,
        "nps": nps,
        "products": product,
        "currency": currency,
    }
    body = {field_: value for field_, value in said.items() if value not in (None, "", [])}
    read_customer(body, ContactFields(), desk.outside.now())
    answer = desk.client().post("customers", body=body)
    if not output.raw(answer.data):
        how = "is enrolled" if answer.status == CREATED else "was enrolled already"
        output.line(f"{answer.data['customer']} {how}, of account {answer.data['account']}.")


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.", show_default=False)
    ],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Import the good rows of a file that has errors.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Enrol the customers of a CSV file; safe to repeat.

    Columns: customer, account, name, email, and if you like may_earn, crm_id, rep, group, nps, products
    (parted by ;), currency, company, segment and locale. All rows are checked before any is sent.
    """
    desk = desk_of(ctx)
    output = desk.output(as_json)
    roster = read_roster(read_text(file), str(file), desk.outside.now())
    for error in roster.errors:
        output.note(one_line(error))
    if roster.errors and not skip_bad:
        bad, all_ = len(roster.errors), len(roster.errors) + len(roster.rows)
        raise CliError(
            f"{bad} of {all_} rows have errors; none was sent",
            where=str(file),
            remedy="Mend them, or give --skip-bad to import the others.",
        )
    report = _send(roster.rows, str(file), desk.client(), output)
    report.skipped = len(roster.errors)
    if not output.raw(report.told()):
        output.line(
            f"{report.enrolled} enrolled, {report.already} already there, "
            f"{len(report.failed)} failed, {report.skipped} skipped."
        )
    if report.failed:
        raise typer.Exit(1)


@app.command()
def show(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's id.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show a customer."""
    desk = desk_of(ctx)
    output = desk.output(as_json)
    told = desk.client().get("customers", customer).data
    if not output.raw(told):
        output.pairs({**told, "created_at": moment(told["created_at"])})


@dataclass(slots=True)
class _Report:
    """What came of an import."""

    enrolled: int = 0
    already: int = 0
    skipped: int = 0
    failed: list[dict[str, object]] = field(default_factory=list)

    def told(self) -> dict[str, object]:
        return {
            "enrolled": self.enrolled,
            "already": self.already,
            "failed": self.failed,
            "skipped": self.skipped,
        }


def _send(rows: list[RosterRow], file: str, client: Client, output: Output) -> _Report:
    """Enrol row by row; a refusal of one row does not stop the others."""
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
            answer = client.post("customers", body=row.body)
        except NotNow as error:
            raise NotNow(
                f"{error.what}, after {done} of {len(rows)} rows",
                where=f"{file}:{row.line}",
                remedy="Give the same command again later: what is enrolled stays as it is.",
                status=error.status,
            ) from None
        except CliError as error:
            if error.status not in OF_THE_ROW:
                raise
            error.where = f"{file}:{row.line}: {error.where}".removesuffix(": ")
            output.note(one_line(error))
            report.failed.append({"line": row.line, "customer": row.body["customer"], "what": error.what})
        else:
            report.enrolled += answer.status == CREATED
            report.already += answer.status != CREATED
    return report
