"""Receive a webhook: verify it, store it, answer. The work follows from the inbox's stream."""

from __future__ import annotations

from collections.abc import Callable

from goodword.domain.crm_copy.delivery import BODY_LIMIT, Delivery
from goodword.domain.errors import NotFound, TooLarge, Unreadable
from goodword.ports.services import Clock, Crm, Secrets, WebhookRequest
from goodword.ports.stores import Stores


def receive_webhook(
    connection: str,
    request: WebhookRequest,
    *,
    crm_for: Callable[[str], Crm],
    secrets: Secrets,
    stores: Stores,
    now: Clock,
) -> tuple[str, str, bool]:
    """Store a verified request in the inbox; return the response's type and body, and if it is new.

    Raises TooLarge before anything is parsed, NotFound for an unknown connection, NotReady if our
    secret is missing (so that the sender retries), Forged if the signature is not valid.
    """
    if len(request.body) > BODY_LIMIT:
        raise TooLarge(
            f"the body is larger than {BODY_LIMIT} bytes",
            where="body",
            remedy="Send smaller batches.",
        )
    stored = stores.connections.latest(connection)
    if stored is None:
        raise NotFound(
            "there is no such connection", where="connection", remedy="Check the address."
        )
    crm = crm_for(stored.kind)
    crm.verify(request, secrets.pair(f"connections/{connection}"), now())
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8", where="body", remedy="Send UTF-8.") from None
    delivery = Delivery(f"{connection}#{crm.delivery_id(request)}", connection, text, now())
    new = stores.inbox.put(delivery)
    kind, body = crm.acknowledge()
    return kind, body, new
