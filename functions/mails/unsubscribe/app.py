"""GET and POST /unsubscribe/{token}, bounces and complaints: stop mail to an address."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.http.pages.web import html, locale_of, serve, web
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.mail.feedback import read_feedback
from goodword.messages import page_labels
from goodword.pages.render import render_page
from goodword.steps.mails.unsubscribe import mailbox_of, mailbox_to_stop, unsubscribe
from goodword.steps.referrers.find_reader import reader_of_mailbox

app = web()
log = Logger()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


@app.get("/unsubscribe/<token>")
def look(token: str) -> Response[str]:
    services = wire()
    mailbox = mailbox_to_stop(token, keys=services.session_keys(), now=services.now)
    return _page(
        "press",
        mailbox,
        heading=page_labels.UNSUBSCRIBE_QUESTION,
        sentence=page_labels.UNSUBSCRIBE_EFFECT,
        action=f"/unsubscribe/{token}",
        label=page_labels.UNSUBSCRIBE,
    )


@app.post("/unsubscribe/<token>")
def stop(token: str) -> Response[str]:
    """Handle the page's button and the one-click POST of a mail program (RFC 8058) alike."""
    services = wire()
    mailbox = mailbox_to_stop(token, keys=services.session_keys(), now=services.now)
    log.info(
        "unsubscribed", extra={"came": unsubscribe(mailbox, "unsubscribed", stores=services.stores)}
    )
    return _page(
        "message",
        mailbox,
        heading=page_labels.DONE,
        sentences=(page_labels.UNSUBSCRIBED,),
        link=None,
    )


def _page(template: str, mailbox: str, **values: Any) -> Response[str]:
    services = wire()
    whom = reader_of_mailbox(mailbox, stores=services.stores)
    locale, today = locale_of(app.current_event.raw_event, own=whom.locale), services.now().date()
    return html(200, render_page(template, locale=locale, brand=whom.brand, today=today, **values))


def _apply_feedback(event: dict[str, Any]) -> dict[str, Any]:
    """Stop mail to every address that a bounce or a complaint names."""
    services = wire()
    came = [
        unsubscribe(mailbox_of(services.identity_key(), address), why, stores=services.stores)
        for address, why in read_feedback(event["detail"])
    ]
    log.info("feedback", extra={"what": str(event.get("detail-type", ""))[:40], "came": came})
    return {"came": came}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request, or apply one event from SES."""
    if event.get("source") == "aws.ses":
        return _apply_feedback(event)
    return serve(app, event, context, lambda: wire().now().date())
