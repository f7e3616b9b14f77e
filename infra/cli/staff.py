"""Staff: add people of the company with a role, and remove them."""

from __future__ import annotations

from typing import Annotated

import typer

from goodword.domain.access.staff import Role
from infra.cli.context import Json, context_of
from infra.cli.output import moment

app = typer.Typer(no_args_is_help=True, help="Let people of the company sign in at /staff.")
Address = Annotated[str, typer.Argument(help="The person's e-mail address.", show_default=False)]


@app.command()
def add(
    ctx: typer.Context,
    email: Address,
    role: Annotated[Role, typer.Option(help="What they may do: docs/staff.md.")] = "read",
    as_json: Json = False,
) -> None:
    """Add a person with this role, or change their role."""
    context = context_of(ctx)
    output = context.output(as_json)
    result = context.client().post("staff", body={"email": email, "role": role}).data
    if not output.raw(result):
        output.line(f"{result['email']} may sign in at /staff as {result['role']}.")


@app.command()
def remove(ctx: typer.Context, email: Address, as_json: Json = False) -> None:
    """Remove a person, from their next request on."""
    context = context_of(ctx)
    output = context.output(as_json)
    result = context.client().post("staff", "remove", body={"email": email}).data
    if not output.raw(result):
        output.line(f"{result['email']} may no longer sign in.")


@app.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List all present and former staff, the newest first."""
    context = context_of(ctx)
    output = context.output(as_json)
    client = context.client()
    first = client.get("staff").data
    result = client.all_pages(first, ("staff",), "staff", "next", "after")
    if output.raw(result):
        return
    output.table(
        "Staff",
        ("email", "role", "since", "may sign in", "by", "named on timelines as"),
        (
            (
                each["email"],
                each["role"],
                moment(each["added_at"]),
                not each["revoked"],
                each["added_by"],
                f"staff {each['person']}",
            )
            for each in result["staff"]
        ),
    )
