"""Start the whole cloud on this machine and stop it: build, start, deploy, route, serve."""

from __future__ import annotations

import contextlib
import json
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Self

from rich.console import Console

from infra.local.build import build
from infra.local.cloud import ACCOUNT, REGION, Cloud, CloudError
from infra.local.deploy import deploy, physical_names
from infra.local.front import Front
from infra.local.mailbox import Sent, read_sent
from infra.local.routes import create_routes, derive_routes
from infra.local.template import load_template

ROOT = Path(__file__).resolve().parents[2]
STACK = "goodword"
SENDER = "hello@example.com"  # mails are not delivered: the local cloud stores them
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Progress = Callable[[str], AbstractContextManager[None]]


class LocalCloud:
    """Goodword on one machine, as a context manager: it stops all that it started.

    stripe_api_base: the address of Stripe for post_credit. port: of the public address, cloud_port:
    of ministack; 0 for any free one. progress: wraps each step, such as shown_on(console).
    parameters: further ones of the template. Inside: url is the public address, endpoint
    ministack's, outputs the stack's; client() returns an administrator's client of any service.
    """

    def __init__(
        self,
        *,
        stripe_api_base: str,
        root: Path = ROOT,
        stack: str = STACK,
        port: int = 0,
        cloud_port: int = 0,
        parameters: Mapping[str, str] | None = None,
        progress: Progress = lambda _: contextlib.nullcontext(),
    ) -> None:
        self._root = root
        self._kept = root / ".local"
        self._progress = progress
        self._port, self._cloud_port = port, cloud_port
        self._parameters = {
            "StripeApiBase": stripe_api_base,
            "DeletionProtection": "false",
            "SenderAddress": SENDER,
            **(parameters or {}),
        }
        self._opened = ExitStack()
        self.stack = stack
        self.outputs: dict[str, str] = {}

    def __enter__(self) -> Self:
        # The exit stack closes what is open if a step fails, or if a signal comes between two of
        # them.
        with ExitStack() as opened:
            opened.enter_context(stopping_on_signals())
            self._bring_up(opened)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def client(self, service: str) -> Any:
        """Return a boto3 client of the local cloud, with an administrator's rights."""
        return self._cloud.client(service)

    def invoke(self, name: str, event: Mapping[str, Any] | None = None) -> Any:
        """Run one function now, such as sweep_credits, and return its result.

        Raises CloudError if the function fails.
        """
        answer = self.client("lambda").invoke(
            FunctionName=f"{self.stack}-{name}", Payload=json.dumps(event or {}).encode()
        )
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise CloudError(f"{name} failed: {payload}")
        return payload

    def logs(self, name: str) -> list[str]:
        """Return a function's log lines, oldest first."""
        pages = self.client("logs").get_paginator("filter_log_events")
        group = f"/goodword/{self.stack}/{name}"
        return [
            event["message"]
            for page in pages.paginate(logGroupName=group)
            for event in page["events"]
        ]

    def _allow_mail(self) -> None:
        """Verify the sender, and allow its function to send.

        Ministack checks ses:SendEmail on "*", where AWS checks it on the identity and the
        configuration set that the template names.
        """
        self.client("ses").verify_email_identity(EmailAddress=SENDER)
        sender = self.client("lambda").get_function_configuration(
            FunctionName=f"{self.stack}-send_mail"
        )
        allowed = {
            "Effect": "Allow",
            "Action": ["ses:SendEmail", "ses:SendRawEmail"],
            "Resource": "*",
        }
        self.client("iam").put_role_policy(
            RoleName=sender["Role"].rpartition("/")[2],
            PolicyName="local_mail",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )

    def mails(self) -> tuple[Sent, ...]:
        """Return every mail that was sent, oldest first."""
        address = f"{self.endpoint}/_ministack/ses/messages"
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  # our own
            result = json.load(answer)
        return tuple(read_sent(mail) for sent in result["messages"].values() for mail in sent)

    def _bring_up(self, opened: ExitStack) -> None:
        with self._progress("Take the addresses"):
            front = opened.enter_context(Front(self._port))
            self._cloud = Cloud(self._kept, self._cloud_port)
            self.url, self.endpoint = front.url, self._cloud.endpoint
        with self._progress("Build the template with SAM"):
            built = build(self._root)
        with self._progress("Start the cloud"):
            opened.enter_context(self._cloud)
        with self._progress("Deploy the stack"):
            parameters = {"PublicUrl": self.url, **self._parameters}
            self.outputs = deploy(
                self._cloud, built, self.stack, parameters, self._kept / "compiled"
            )
            names = physical_names(self._cloud, self.stack)
            self._allow_mail()
        with self._progress("Open the routes"):
            create_routes(
                self.client("apigatewayv2"),
                self.outputs["ApiId"],
                derive_routes(load_template(built)),
                lambda function: f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{names[function]}",
            )
            front.point_to(self._cloud.port, f"/_aws/execute-api/{self.outputs['ApiId']}/$default")


def shown_on(console: Console) -> Progress:
    """Return a Progress that prints a line with its seconds for each step, after a spinner."""

    @contextmanager
    def step(what: str) -> Iterator[None]:
        began = time.monotonic()
        with console.status(f"{what} …"):
            yield
        console.print(f"  [green]✓[/] {what} [dim]{time.monotonic() - began:.1f} s[/]")

    return step


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into exceptions while inside, so that all is closed.

    SIGINT too: a shell starts background processes with that signal ignored.
    """

    def leave(number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, leave) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
