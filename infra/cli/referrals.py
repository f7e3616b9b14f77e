"""Referrals: enter one by hand, and show one with its story."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from infra.cli.context import Json, context_of
from infra.cli.output import Output, moment

# A referral by link is made by a signup, and cannot be entered by hand.
Entered = Literal["form", "verbal", "crm", "import"]
CREATED = 201

app = typer.Typer(no_args_is_help=True, help="Enter referrals and show their stories.")


@app.command()
def enter(
    ctx: typer.Context,
    referrer: Annotated[str, typer.Option(help="The referrer who recommends.", show_default=False)],
    program: Annotated[str, typer.Option(help="The program.", show_default=False)],
    source: Annotated[
        Entered, typer.Option(help="How the contact came to you.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="The prospect's name.", show_default=False)],
    email: Annotated[str, typer.Option(help="The prospect's e-mail address.", show_default=False)],
    phone: Annotated[str, typer.Option(help="The prospect's phone number.")] = "",
    company: Annotated[str, typer.Option(help="The prospect's company.")] = "",
    segment: Annotated[str, typer.Option(help="Its segment.")] = "",
    region: Annotated[str, typer.Option(help="Its region.")] = "",
    product: Annotated[str, typer.Option(help="The product they ask for.")] = "",
    company_size: Annotated[int | None, typer.Option(min=1, help="How many people it has.")] = None,
    attestation: Annotated[
        str,
        typer.Option(
            help="The referrer's statement that they may share the contact; required for form."
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Enter a referral: a contact handed over, a verbal one, one from the CRM."""
    context = context_of(ctx)
    output = context.output(as_json)
    said: dict[str, Any] = {
        "referrer": referrer,
        "program": program,
        "source": source,
        "name": name,
        "email": email,
        "phone": phone,
        "company": company,
        "segment": segment,
        "region": region,
        "product": product,
        "company_size": company_size,
        "attestation": attestation,
    }
    answer = context.client().post(
        "referrals", body={key: value for key, value in said.items() if value}
    )
    if output.raw(answer.data):
        return
    result = answer.data
    if answer.status == CREATED:
        output.line(
            f"{result['referral']} is made "
            f"under version {result['version']} of {result['program']}."
        )
    else:
        output.line(f"{result['referral']} exists already: {result['reason']['sentence']}.")
    for flag in result["flags"]:
        output.line(f"For a person to look at: {flag['sentence']}.")


@app.command()
def show(
    ctx: typer.Context,
    referral: Annotated[str, typer.Argument(help="The referral's id.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Show a referral: verdicts, facts, and its timeline."""
    context = context_of(ctx)
    output = context.output(as_json)
    client = context.client()
    path = ("referrals", referral)
    result = client.all_pages(client.get(*path).data, path, "timeline", "next", "after")
    if output.raw(result):
        return
    _report_referral(result, output)
    _report_verdicts(result["milestones"], output)
    output.table(
        "Facts",
        ("object", "property", "means", "value", "said", "since"),
        (
            (
                each["object"],
                each["property"],
                each["attribute"],
                each["value"],
                each["raw"],
                moment(each["version"]),
            )
            for each in result["facts"]
        ),
    )
    output.table(
        "Timeline",
        ("when", "what", "who"),
        ((moment(each["at"]), each["sentence"], each["actor"]) for each in result["timeline"]),
    )


def _report_referral(result: dict[str, Any], output: Output) -> None:
    prospect = result["prospect"]
    output.pairs(
        {
            "referral": result["referral"],
            "program": f"{result['program']}, version {result['version']}",
            "referrer": f"{result['referrer']} of account {result['account']}",
            "source": f"{result['source']} {result['link']}".strip(),
            "prospect": [
                each for each in (prospect["name"], prospect["email"], prospect["phone"]) if each
            ],
            "company": prospect["company"],
            "said": prospect["said"],
            "made": moment(result["created_at"]),
            "stage": result["stage"],
            "open": "until " + moment(result["deadline"]) if result["open"] else "no",
            "closed because": result["closed_because"],
            "to look at": result["flags"],
            "attestation": result["attestation"],
            "at first contact": result["first_contact"],
        }
    )


def _report_verdicts(milestones: list[dict[str, Any]], output: Output) -> None:
    for each in milestones:
        output.line()
        credit = f", credit {each['credit']}" if each["credit"] else ""
        output.line(
            f"{each['milestone']}: {each['answer'].replace('_', ' ')}{credit}", style="bold"
        )
        output.pairs(
            {
                "  to the referrer": each["for_referrer"],
                "  to the rep": each["for_rep"],
                "  to finance": each["for_finance"],
            }
        )
    output.line()
