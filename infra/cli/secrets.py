"""Write the secrets of connections and Stripe's key, with AWS credentials; never read them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

import typer

from goodword.domain.access.keyring import Keyring, read_keyring, write_keyring
from goodword.domain.referrers.referrer import OWN_ID
from goodword.ports.services import Clock, NewId
from infra.cli.aws import (
    Endpoint,
    Region,
    Stack,
    check_stack,
    open_parameters,
    parameter,
    reaching_aws,
    read_parameter,
    write_parameter,
    written_at,
)
from infra.cli.context import context_of
from infra.cli.errors import CliError, Usage
from infra.cli.init import STRIPE, check_stripe_key

Part = Literal["current", "previous", "token"]
SOON = "Functions read it within five minutes."
SESSIONS = "keys/sessions"
# Functions cache a secret for five minutes; after twice that none has an old one.
KNOWN_AFTER = timedelta(minutes=10)

app = typer.Typer(
    no_args_is_help=True, help="Write secrets; they come from a prompt or standard input."
)


def set_secret(ssm_client: Any, stack: str, name: str, value: str, part: Part = "current") -> str:
    """Write one secret and return the name of its parameter under the stack's prefix.

    name: a connection, or stripe/current. part: of a connection; token is the credential for the
    CRM's API. Raises Usage for an empty value, an invalid name, or a text that is not a Stripe key.
    """
    if not value:
        raise Usage("the secret is empty", where="standard input", remedy="Send it on one line.")
    if name == STRIPE:
        if part != "current":
            raise Usage(
                "Stripe's key has no previous secret and no token",
                where=STRIPE,
                remedy="Omit the option.",
            )
        check_stripe_key(value)
        short = STRIPE
    else:
        short = f"connections/{_connection(name)}/{part}"
    write_parameter(ssm_client, parameter(stack, short), value, overwrite=True)
    return short


def rotate_secret(ssm_client: Any, stack: str, connection: str, value: str) -> None:
    """Make the current secret the previous one, and this one current; both are valid.

    The previous one is valid until the next rotation. Safe to repeat after an interruption. Raises
    CliError if there is no current one, or if it is the same.
    """
    if not value:
        raise Usage("the secret is empty", where="standard input", remedy="Send it on one line.")
    prefix = f"connections/{_connection(connection)}"
    current = read_parameter(ssm_client, parameter(stack, f"{prefix}/current"))
    if current is None:
        raise CliError(
            f"connection {connection!r} has no secret yet",
            where=f"{prefix}/current",
            remedy=f"Write the first one: `goodword secrets set {connection}`.",
        )
    if current == value:
        raise CliError(
            "this is the current secret",
            where=f"{prefix}/current",
            remedy="Make a new secret at the CRM, then give that one.",
        )
    # In this order: if the second write fails, the current secret is still valid.
    write_parameter(ssm_client, parameter(stack, f"{prefix}/previous"), current, overwrite=True)
    write_parameter(ssm_client, parameter(stack, f"{prefix}/current"), value, overwrite=True)


def rotate_sessions(
    ssm_client: Any, stack: str, *, now: Clock, new_id: NewId
) -> tuple[Keyring, bool]:
    """Do one step of a signing key's rotation; return the keys, and whether the new one signs.

    The first step distributes a key that does not sign yet. The second, once every function must
    have read it, makes it sign; older keys still verify. Raises CliError without any key, or for a
    second step that is too early.
    """
    name = parameter(stack, SESSIONS)
    ring = _sessions(ssm_client, name)
    if not ring.coming:
        coming = ring.with_coming(new_id.secret())
        write_parameter(ssm_client, name, write_keyring(coming), overwrite=True)
        return coming, False
    ripe = written_at(ssm_client, name) + KNOWN_AFTER
    if now() < ripe:
        raise CliError(
            "some functions may not have read the new key yet",
            where=SESSIONS,
            remedy=f"Run it again after {ripe:%H:%M} UTC.",
        )
    signing = ring.with_coming_signing()
    write_parameter(ssm_client, name, write_keyring(signing), overwrite=True)
    return signing, True


def forget_sessions(ssm_client: Any, stack: str) -> int:
    """Delete every key older than the signing one, and return how many there were.

    Their signatures become invalid. Raises CliError if there is none.
    """
    name = parameter(stack, SESSIONS)
    ring = _sessions(ssm_client, name)
    older = len(ring.keys) - 1
    if not older:
        raise CliError(
            "there is no older key",
            where=SESSIONS,
            remedy="Rotate first: run `goodword secrets rotate-sessions` twice.",
        )
    kept = write_keyring(Keyring(ring.keys[:1], ring.coming))
    write_parameter(ssm_client, name, kept, overwrite=True)
    return older


def _sessions(ssm_client: Any, name: str) -> Keyring:
    stored = read_parameter(ssm_client, name)
    if stored is None:
        raise CliError(
            "the stack has no signing key yet", where=SESSIONS, remedy="Run `goodword init`."
        )
    return read_keyring(stored)


@app.command("set")
def set_(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(help="A connection's name, or stripe/current.", show_default=False)
    ],
    stack: Stack = "",
    previous: Annotated[
        bool,
        typer.Option(
            "--previous", help="Write the previous secret, which is valid beside the current one."
        ),
    ] = False,
    token: Annotated[
        bool, typer.Option("--token", help="Write the token with which the CRM's API is asked.")
    ] = False,
    region: Region = "",
    endpoint_url: Endpoint = "",
) -> None:
    """Write a connection's secret, or Stripe's key."""
    if previous and token:
        raise Usage("--previous and --token exclude each other", remedy="Give only one of them.")
    part: Part = "previous" if previous else "token" if token else "current"
    check_stack(stack)
    context = context_of(ctx)
    with reaching_aws(region, endpoint_url) as where:
        value = context.secret(
            f"{part} secret of {name}" if name != STRIPE else "Stripe's secret key"
        )
        written = set_secret(open_parameters(where), stack, name, value, part)
    context.output().line(f"{parameter(stack, written)} is written. {SOON}")


@app.command()
def rotate(
    ctx: typer.Context,
    connection: Annotated[str, typer.Argument(help="The connection's name.", show_default=False)],
    stack: Stack = "",
    region: Region = "",
    endpoint_url: Endpoint = "",
) -> None:
    """Rotate a connection's secret; the old one stays valid until the next rotation."""
    check_stack(stack)
    context = context_of(ctx)
    with reaching_aws(region, endpoint_url) as where:
        value = context.secret(f"new secret of {connection}")
        rotate_secret(open_parameters(where), stack, connection, value)
    context.output().line(f"{connection}: the new secret is current, the old one previous. {SOON}")


@app.command("rotate-sessions")
def rotate_sessions_(
    ctx: typer.Context,
    stack: Stack = "",
    forget: Annotated[
        bool,
        typer.Option(
            "--forget",
            help="Delete the keys older than the signing one; their signatures become invalid.",
        ),
    ] = False,
    region: Region = "",
    endpoint_url: Endpoint = "",
) -> None:
    """Rotate the key that signs sessions and links of mails: run it twice, ten minutes apart."""
    check_stack(stack)
    context = context_of(ctx)
    now = context.outside.now
    with reaching_aws(region, endpoint_url) as where:
        client = open_parameters(where)
        if forget:
            result = (
                f"Deleted keys: {forget_sessions(client, stack)}. "
                f"Their signatures are no longer valid. {SOON}"
            )
        else:
            ring, signs = rotate_sessions(client, stack, now=now, new_id=context.outside.new_id)
            result = (
                f"The new key signs; {len(ring.keys) - 1} older keys still verify. {SOON}"
                if signs
                else "The new key is distributed and does not sign yet. "
                f"Run this again after {now() + KNOWN_AFTER:%H:%M} UTC."
            )
    context.output().line(result)


def _connection(name: str) -> str:
    if OWN_ID.fullmatch(name) is None:
        raise Usage(
            f"{name!r} is not a connection",
            where="NAME",
            remedy=f"Give a connection's name, or {STRIPE}.",
        )
    return name
