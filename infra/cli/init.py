"""Initialize a new stack: its secrets and its first key, which no request can create."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from goodword.domain.access.api_key import write_bearer
from goodword.ids import NewIds
from goodword.ports.services import Clock, NewId
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert
from goodword.steps.access.manage_api_keys import make_key
from infra.cli.aws import (
    Endpoint,
    Region,
    Stack,
    open_parameters,
    open_tables,
    parameter,
    reaching_aws,
    read_parameter,
    write_parameter,
)
from infra.cli.context import Context, Json, context_of, utc_now
from infra.cli.errors import Usage
from infra.cli.output import Output

KEY_PARAMETERS = ("keys/identities", "keys/addresses", "keys/cursors", "keys/sessions")
STRIPE = "stripe/current"
LABEL = "first admin key"


@dataclass(frozen=True, slots=True)
class InitResult:
    """The outcome.

    key: the new key's name; bearer: the text for clients, not stored. written, kept: parameters by
    their names under the stack's prefix.
    """

    key: str
    bearer: str
    written: tuple[str, ...]
    kept: tuple[str, ...]


def init_stack(
    ssm_client: Any,
    stores: Stores,
    stack: str,
    stripe_key: str | None,
    *,
    label: str = LABEL,
    now: Clock = utc_now,
    new_id: NewId | None = None,
) -> InitResult:
    """Write the secrets that the stack lacks, and make an admin key.

    stripe_key: None or empty leaves Stripe's key for later. Existing parameters are not
    overwritten: with other secrets, stored e-mail hashes would not match and visitors of a link
    could not be compared. A repeat keeps all secrets and makes one more key. Raises Usage for a
    text that is not a Stripe key, before anything is written.
    """
    ids = new_id or NewIds()
    wanted = {name: ids.secret() for name in KEY_PARAMETERS}
    if stripe_key:
        wanted[STRIPE] = check_stripe_key(stripe_key)
    stores.keys.get(
        "none"
    )  # a mistyped stack has no tables: check this before a secret is written for it
    written = [
        name
        for name, value in wanted.items()
        if write_parameter(ssm_client, parameter(stack, name), value, overwrite=False)
    ]
    key, secret = make_key(("admin",), label, now=now, new_id=ids)
    stores.commit([Insert(key)])
    kept = tuple(name for name in wanted if name not in written)
    return InitResult(key.key, write_bearer(key.key, secret), tuple(written), kept)


def check_stripe_key(key: str) -> str:
    """Return a secret or restricted key of Stripe's; raise Usage, without quoting it, otherwise."""
    if (
        not key.startswith(("sk_", "rk_"))
        or not key.isascii()
        or not key.isprintable()
        or " " in key
    ):
        raise Usage(
            "this is not a secret key of Stripe",
            where="the Stripe key",
            remedy="Copy it from Stripe's dashboard: it begins with sk_ or rk_.",
        )
    return key


def init(
    ctx: typer.Context,
    stack: Stack = "",
    region: Region = "",
    endpoint_url: Endpoint = "",
    stripe_key_stdin: Annotated[
        bool, typer.Option("--stripe-key-stdin", help="Read Stripe's key from standard input.")
    ] = False,
    print_key_only: Annotated[
        bool, typer.Option("--print-key-only", help="Print the bearer key and nothing else.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a fresh stack's secrets and its first admin key, with your AWS credentials."""
    context = context_of(ctx)
    output = context.output(as_json)
    with reaching_aws(region, endpoint_url) as where:
        parameters = open_parameters(where)
        stripe_key = _stripe_key(context, output, parameters, stack, stripe_key_stdin)
        stores = open_tables(stack, where)
        outside = context.outside
        made = init_stack(
            parameters, stores, stack, stripe_key, now=outside.now, new_id=outside.new_id
        )
        url = read_parameter(parameters, parameter(stack, "public_url"))
    if print_key_only:
        output.line(made.bearer)
    elif not output.raw(
        {"key": made.key, "bearer": made.bearer, "written": made.written, "kept": made.kept}
    ):
        _report(made, url, output)


def _stripe_key(
    context: Context, output: Output, parameters: Any, stack: str, from_stdin: bool
) -> str | None:
    """Read Stripe's key from standard input or a prompt, unless there is one already."""
    if read_parameter(parameters, parameter(stack, STRIPE)) is not None:
        if from_stdin:
            output.note(
                f"{STRIPE} is there and stays; `goodword secrets set {STRIPE}` replaces it."
            )
        return None
    key = ""
    if from_stdin or context.outside.at_terminal():
        key = context.secret("Stripe's secret key (empty: later)", from_stdin=from_stdin)
        if key:
            return key
        if from_stdin:
            raise Usage(
                "standard input is empty",
                where="--stripe-key-stdin",
                remedy="Pass the key on one line of standard input.",
            )
    output.note(f"No credit can post yet: `goodword secrets set {STRIPE}` takes Stripe's key.")
    return None


def _report(made: InitResult, url: str | None, output: Output) -> None:
    output.pairs({"written": made.written, "kept as it was": made.kept})
    output.line()
    output.line(
        "Your admin key. It is shown only once and not stored; keep it with your passwords."
    )
    output.line(f"  {made.bearer}", style="bold")
    output.line()
    output.line("The other commands read it from the environment:")
    output.line(f"  export GOODWORD_URL={url or 'https://…  (the output Url of the stack)'}")
    output.line("  export GOODWORD_KEY=…")
