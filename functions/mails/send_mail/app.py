"""The mail queue and every five minutes: send the mails that are due."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.domain.errors import NotReady
from goodword.http.api.problem import log_fields
from goodword.http.metric import put_failures, put_metric
from goodword.http.stream import each_queue_message
from goodword.http.wiring import Services, open_services
from goodword.mail.ses import SesMailer
from goodword.ports.services import Mailer
from goodword.steps.mails.compose_mail import ComposeMailDeps
from goodword.steps.mails.send_mail import FAILED, SendMailDeps, send_mail, sweep_mails

log = Logger()
# A sweep ends this long before the function's time limit; one mail takes less.
RESERVE_SECONDS = 20


@cache
def wire() -> tuple[Services, SendMailDeps]:
    """Build clients once per process."""
    services = open_services(os.environ)
    writing = ComposeMailDeps(
        services.stores,
        _render,
        services.now,
        services.new_id,
        services.secrets,
        services.public_url(),
    )
    return services, SendMailDeps(writing, _mailer(services))


def _render(*given: Any, **values: Any) -> Any:
    """Render a mail.

    The templates are loaded with the first mail, since most sweeps find none to send.
    """
    from goodword.pages.render import render_mail

    return render_mail(*given, **values)


def _mailer(services: Services) -> Mailer | None:
    try:
        sender = services.secrets.get("sender_address")
    except NotReady:
        return None
    return SesMailer(services.mail_client(), sender, os.environ["CONFIGURATION_SET"])


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send the mails that messages name, or all that are due."""
    return _messages(event) if "Records" in event else _sweep(context)


def _messages(event: dict[str, Any]) -> dict[str, Any]:
    services, post = wire()
    came = []

    def send(message: str) -> str:
        recipient, _, name = message.partition(" ")
        came.append(send_mail(recipient, name, deps=post))
        return came[-1]

    answer = dict(each_queue_message(event, send))
    put_failures(answer, at=services.now(), environ=os.environ)
    failed = sum(outcome in FAILED for outcome in came)
    if failed:
        put_metric("MailsFailed", failed, at=services.now(), environ=os.environ)
    return answer


def _sweep(context: Any) -> dict[str, Any]:
    services, post = wire()
    swept = sweep_mails(
        deps=post,
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS,
    )
    failed = swept.failed + len(swept.broken)
    put_metric("MailsFailed", failed, at=services.now(), environ=os.environ)
    put_metric("MailsOverdue", swept.overdue, at=services.now(), environ=os.environ)
    for mail, error in swept.broken:
        log.error("not written", extra={"mail": mail, **log_fields(error)})
    values = {"came": swept.came, "overdue": swept.overdue, "failed": failed}
    log.info("swept", extra=values)
    return values
