"""Simulate a CRM: send a signed event to a deployment, to try a connection without the CRM."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated

import typer

from goodword.domain.crm_copy.connection import KINDS
from infra.cli.client import check_part, check_url
from infra.cli.context import Context, Json, context_of
from infra.cli.errors import Usage
from infra.twins.crm_signing import signed_request, stage_event

app = typer.Typer(no_args_is_help=True, help="Simulate the CRM.")
OBJECTS = ("contact", "company", "deal", "referral")


@app.command()
def send(
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(help="The connection's name.", show_default=False)],
    object_: Annotated[
        str, typer.Option("--object", help="What changed, such as deal:77.", show_default=False)
    ],
    set_: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="PROPERTY=VALUE",
            help="property=value, such as stage=demo_attended; may be repeated.",
            show_default=False,
        ),
    ],
    kind: Annotated[str, typer.Option(help=f"The kind of CRM: {', '.join(KINDS)}.")] = "standard",
    email: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="A person of the object; may be repeated."),
    ] = None,
    referral: Annotated[str | None, typer.Option(help="Our id of the referral.")] = None,
    deal: Annotated[str | None, typer.Option(help="The deal that the object belongs to.")] = None,
    company: Annotated[
        str | None, typer.Option(help="The company that the object belongs to.")
    ] = None,
    occurred_at: Annotated[
        str, typer.Option(help="When it changed, such as 2027-01-31T12:00:00Z.", show_default="now")
    ] = "",
    public_url: Annotated[
        str, typer.Option(help="The address that the CRM would call, if it is not --url.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Send a signed CRM event for each property.

    The connection's secret is read from GOODWORD_CRM_SECRET, or from a prompt. HubSpot signs the
    public address too: if you reach the deployment by another one, set the public one with
    --public-url.
    """
    context = context_of(ctx)
    output = context.output(as_json)
    object_kind, object_id = _object(object_, kind)
    changes = [_change(each) for each in set_]
    at = _time(occurred_at) if occurred_at else context.outside.now()
    wire = context.wire()
    path = f"/webhooks/{check_part(connection)}"
    public = check_url(public_url) if public_url else wire.url
    secret = _secret(context, connection)
    for name, value in changes:
        try:
            body = stage_event(
                kind,
                object_kind,
                object_id,
                name,
                value,
                at,
                context.outside.new_id("ev"),
                referral=referral,
                emails=tuple(email or ()),
                deal=deal,
                company=company,
            )
            headers, body, signed = signed_request(
                kind, public + path, secret, body, context.outside.now()
            )
        except ValueError:
            # The error is not shown, since it may quote the secret.
            raise Usage(
                f"{kind} does not accept this event",
                where="--object or the secret",
                remedy="Use a number as id for HubSpot and Pipedrive, whsec_… as standard secret.",
            ) from None
        wire.send("POST", wire.url + signed.removeprefix(public), content=body, headers=headers)
    result = {"connection": connection, "object": object_, "sent": dict(changes)}
    if not output.raw(result):
        for name, value in changes:
            output.line(f"{connection} took {object_} {name}={value}.")


def _object(text: str, kind: str) -> tuple[str, str]:
    if kind not in KINDS:
        raise Usage(
            f"{kind!r} is not a known CRM",
            where="--kind",
            remedy=f"Use one of: {', '.join(KINDS)}.",
        )
    objects = OBJECTS if kind == "standard" else OBJECTS[:3]
    object_kind, _, object_id = text.partition(":")
    if object_kind not in objects or not object_id:
        raise Usage(
            f"{text!r} is not an object of {kind}",
            where="--object",
            remedy=f"Write kind:id, such as deal:77; the kinds are: {', '.join(objects)}.",
        )
    return object_kind, object_id


def _change(text: str) -> tuple[str, str]:
    name, joint, value = text.partition("=")
    if not name or not joint:
        raise Usage(
            f"{text!r} sets nothing", where="--set", remedy="Write it like stage=demo_attended."
        )
    return name, value


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Usage(
            f"{text!r} is not a time",
            where="--occurred-at",
            remedy="Write it like 2027-01-31T12:00:00Z.",
        )
    return at


def _secret(context: Context, connection: str) -> str:
    secret = os.environ.get("GOODWORD_CRM_SECRET", "").strip() or context.secret(
        f"secret of {connection}"
    )
    if not secret:
        raise Usage(
            "the connection's secret is missing",
            where="GOODWORD_CRM_SECRET or standard input",
            remedy="Give the secret that you passed to `goodword secrets set`.",
        )
    return secret
