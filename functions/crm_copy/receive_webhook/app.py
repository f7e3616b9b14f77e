"""POST /webhooks/{connection}: verify a CRM's request, store it, answer."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from goodword.crm import crm_for
from goodword.domain.crm_copy.delivery import BODY_LIMIT
from goodword.domain.errors import GoodwordError
from goodword.http.api.body import raw_body
from goodword.http.api.problem import answer_of, log_fields, problem_of
from goodword.http.request import path_id
from goodword.http.wiring import Services, open_services
from goodword.ports.services import WebhookRequest
from goodword.steps.crm_copy.receive_webhook import receive_webhook

log = Logger()


@cache
def wire() -> Services:
    """Build clients once per process."""
    return open_services(os.environ)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one webhook in the format that its CRM expects."""
    try:
        media, body, new = _receive(event)
    except GoodwordError as error:
        log.warning("webhook refused", extra={"error": type(error).__name__})
        return answer_of(problem_of(error))
    except Exception as error:
        log.warning("webhook failed", extra=log_fields(error))
        return answer_of(problem_of(error))
    log.info("webhook", extra={"new": new})
    return {"statusCode": 200, "headers": {"content-type": media}, "body": body}


def _receive(event: dict[str, Any]) -> tuple[str, str, bool]:
    services = wire()
    connection = path_id((event.get("pathParameters") or {}).get("connection", ""), "connection")
    body = raw_body(event, BODY_LIMIT)
    query = event.get("rawQueryString") or ""
    address = f"{services.public_url()}{event['rawPath']}{'?' if query else ''}{query}"
    headers = event.get("headers") or {}
    request = WebhookRequest(event["requestContext"]["http"]["method"], address, headers, body)
    return receive_webhook(
        connection,
        request,
        crm_for=crm_for,
        secrets=services.secrets,
        stores=services.stores,
        now=services.now,
    )
