"""The secrets of connections, and Stripe's key.

Written with AWS credentials, never read back to anyone.
"""

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
# Functions keep a secret for five minutes; twice that leaves none behind.
KNOWN_AFTER = timedelta(minutes=10)

app = typer.Typer(
    no_args_is_help=True, help="Write secrets; they come from a prompt or standard input."
)


def set_secret(ssm_client: Any, stack: str, name: str, value: str, part: Part = "current") -> str:
    """Write one secret and return the name of its parameter under the stack's prefix.

    name: a connection, or stripe/current. part: of a connection; token is what the CRM's API is
    asked with. Raises Usage for an empty value, a name that can be neither, or a key that is not
    Stripe's.
    """
    if not value:
        raise Usage("the secret is empty", where="standard input", remedy="Send it on one line.")
    if name == STRIPE:
        if part != "current":
            raise Usage(
                "Stripe's key has no other part", where=STRIPE, remedy="Leave the option out."
            )
        check_stripe_key(value)
        short = STRIPE
    else:
        short = f"connections/{_connection(name)}/{part}"
    write_parameter(ssm_client, parameter(stack, short), value, overwrite=True)
    return short


def rotate_secret(ssm_client: Any, stack: str, connection: str, value: str) -> None:
    """Make the current secret the previous one, and this one current; both hold until the next rotation.

    Safe to repeat after it broke off. Raises CliError where there is no current one, or it is this
    very one.
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
            remedy="Make a new one at the CRM.",
        )
    # In this order: should the second write not happen, the current secret still holds.
    write_parameter(ssm_client, parameter(stack, f"{prefix}/previous"), current, overwrite=True)
    write_parameter(ssm_client, parameter(stack, f"{prefix}/current"), value, overwrite=True)


def rotate_sessions(
    ssm_client: Any, stack: str, *, now: Clock, new_id: NewId
) -> tuple[Keyring, bool]:
    """Take a step of changing the key that signs; return the keys, and whether the new one signs.

    The first step makes a key known that signs nothing yet. The second, once every function must
    know it, lets it sign; the keys before it hold still. Raises CliError without any key, or for a
    second step that comes too soon.
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
            "functions may not know the new key yet",
            where=SESSIONS,
            remedy=f"Run it again after {ripe:%H:%M} UTC.",
        )
    signing = ring.with_coming_signing()
    write_parameter(ssm_client, name, write_keyring(signing), overwrite=True)
    return signing, True


def forget_sessions(ssm_client: Any, stack: str) -> int:
    """Forget every key before the one that signs, and return how many those were.

    What they signed holds no more. Raises CliError where there is none.
    """
    name = parameter(stack, SESSIONS)
    ring = _sessions(ssm_client, name)
    older = len(ring.keys) - 1
    if not older:
        raise CliError(
            "there is no older key",
            where=SESSIONS,
            remedy="Let a new one sign first: `goodword secrets rotate-sessions`, twice.",
        )
    kept = write_keyring(Keyring(ring.keys[:1], ring.coming))
    write_parameter(ssm_client, name, kept, overwrite=True)
    return older


def _sessions(ssm_client: Any, name: str) -> Keyring:
    stored = read_parameter(ssm_client, name)
    if stored is None:
        raise CliError("there is no key yet", where=SESSIONS, remedy="Run `goodword init`.")
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
            "--previous", help="Write the previous secret, which holds beside the current one."
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
        raise Usage("--previous and --token are two secrets", remedy="Give one of them.")
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
    """Take a new secret for a connection; the old one holds beside it until the next rotation."""
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
            help="Forget the keys before the one that signs; what they signed no longer holds.",
        ),
    ] = False,
    region: Region = "",
    endpoint_url: Endpoint = "",
) -> None:
    """Change the key that signs sessions and the links of mails: run it.

    Ten minutes later once more.
    """
    check_stack(stack)
    context = context_of(ctx)
    now = context.outside.now
    with reaching_aws(region, endpoint_url) as where:
        client = open_parameters(where)
        if forget:
            result = f"Forgotten: {forget_sessions(client, stack)}. What they signed holds no more. {SOON}"
        else:
            ring, signs = rotate_sessions(client, stack, now=now, new_id=context.outside.new_id)
            result = (
                f"The new key signs; {len(ring.keys) - 1} before it hold still. {SOON}"
                if signs
                else f"A new key is known and signs nothing yet. Again after {now() + KNOWN_AFTER:%H:%M} UTC."
            )
    context.output().line(result)


def _connection(name: str) -> str:
    if OWN_ID.fullmatch(name) is None:
        raise Usage(
            f"{name!r} is no connection",
            where="NAME",
            remedy=f"Give a connection's name, or {STRIPE}.",
        )
    return name
