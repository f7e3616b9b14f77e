"""Access a stack's own resources in AWS: secure parameters, tables, queues and functions.

Only `goodword init`, `goodword secrets` and `goodword redrive` use this module; all other commands
use /v1. boto3 and pynamodb take most of a second to import, so they are imported where they are
used.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from goodword.ports.stores import Stores
from infra.cli.errors import CliError, NotNow, Usage

# The format of a CloudFormation stack name.
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
CONNECT_SECONDS = 5
READ_SECONDS = 15
TRIES = 3

Stack = Annotated[
    str,
    typer.Option(
        "--stack",
        envvar="GOODWORD_STACK",
        help="The stack's name, as given to sam deploy.",
        show_default=False,
    ),
]
Region = Annotated[
    str,
    typer.Option(
        "--region",
        help="The stack's region; by default the one of AWS's own settings.",
        show_default=False,
    ),
]
Endpoint = Annotated[
    str,
    typer.Option(
        "--endpoint-url",
        help="The address of AWS's API, for a cloud on this machine.",
        show_default=False,
    ),
]


def check_stack(stack: str) -> str:
    """Return the stack's name; raise Usage if it is not a valid one."""
    if _STACK.fullmatch(stack) is None:
        raise Usage(
            "the stack's name is missing or not valid",
            where="--stack or GOODWORD_STACK",
            remedy="Give the name that you gave to sam deploy.",
        )
    return stack


def parameter(stack: str, name: str) -> str:
    """Return the full name of one of the stack's parameters."""
    return f"/goodword/{check_stack(stack)}/{name}"


@contextmanager
def reaching_aws(region: str, endpoint_url: str) -> Iterator[str]:
    """Connect to AWS, or to a cloud on this machine, while inside; yield the region.

    Every AWS library reads the same environment, so the address is set there while it is needed.
    AWS's errors are raised as CliError, Usage (no credentials) or NotNow.
    """
    result = {"AWS_ENDPOINT_URL": endpoint_url, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    before = {name: os.environ.get(name) for name in result}
    os.environ.update({name: value for name, value in result.items() if value})
    try:
        with _telling():
            yield region or _own_region()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def open_parameters(region: str) -> Any:
    """Return an SSM client that waits at most twenty seconds for one try."""
    return open_client("ssm", region)


def open_client(service: Any, region: str, read_seconds: int = READ_SECONDS) -> Any:
    """Return a client of one service.

    read_seconds: the read time-out of one call.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
    )
    return boto3.client(service, region_name=region, config=config)


def open_tables(stack: str, region: str) -> Stores:
    """Return the stack's stores."""
    from goodword.store.open import open_stores

    return open_stores(check_stack(stack), region)


def read_parameter(parameters: Any, name: str) -> str | None:
    """Return a parameter's value by its full name, or None if it is missing."""
    answer = parameters.get_parameters(Names=[name], WithDecryption=True)
    return next((str(each["Value"]) for each in answer["Parameters"]), None)


def written_at(parameters: Any, name: str) -> datetime:
    """Return when an existing parameter was last written, in UTC."""
    written: datetime = parameters.get_parameter(Name=name)["Parameter"]["LastModifiedDate"]
    return written.astimezone(UTC)


def write_parameter(parameters: Any, name: str, value: str, *, overwrite: bool) -> bool:
    """Write a secure parameter, without overwrite only if it is missing.

    Return whether it was written.
    """
    try:
        parameters.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=overwrite)
    except parameters.exceptions.ParameterAlreadyExists:
        return False
    return True


def _own_region() -> str:
    import botocore.session

    region = os.environ.get("AWS_REGION") or botocore.session.get_session().get_config_variable(
        "region"
    )
    if not region:
        raise Usage(
            "the region is missing", where="--region", remedy="Give the region of the stack."
        )
    return str(region)


@contextmanager
def _telling() -> Iterator[None]:
    """Raise errors of AWS's libraries as the command's own; no message quotes a secret."""
    from botocore.exceptions import BotoCoreError, ClientError
    from pynamodb.exceptions import PynamoDBException

    try:
        yield
    except PynamoDBException as error:
        cause = getattr(error, "cause", None)
        raise _cli_error(cause if cause is not None else error) from None
    except (BotoCoreError, ClientError) as error:
        raise _cli_error(error) from None


def _cli_error(error: Exception) -> CliError:
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    kind = type(error).__name__
    if isinstance(error, ConnectionError | HTTPClientError):
        return NotNow(
            f"AWS cannot be reached ({kind})",
            remedy="Check the region, the address and the network, then retry.",
        )
    if not isinstance(error, ClientError):
        return Usage(
            f"AWS's own settings are not valid ({kind})",
            where="credentials, region or profile",
            remedy="Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; log in.",
        )
    code = str(error.response.get("Error", {}).get("Code", kind))
    if code == "ResourceNotFoundException":
        return CliError(
            "there is no such stack in this region: its tables are missing",
            where="--stack, --region",
            remedy="Check stack and region, or deploy it first: sam deploy --guided.",
        )
    return CliError(
        f"AWS refused {error.operation_name}: {code}",
        where="AWS",
        remedy="Use credentials that may write the stack's parameters and its keys table.",
    )
