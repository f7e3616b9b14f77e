"""POST /v1/invitations: invite CRM contacts, by mail or with links that the caller sends."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from goodword.contact_validation.reader import ContactFields
from goodword.domain.errors import Conflict
from goodword.http.api.api import api, authenticate, handle, query, reply
from goodword.http.api.body import json_object, text_body
from goodword.http.api.problem import problem_of
from goodword.http.api.read import read_wishes
from goodword.http.api.view import show_invited
from goodword.http.router import Response
from goodword.http.wiring import Services, open_services
from goodword.ports.services import Enqueue
from goodword.steps.referrers.invite_referrer import (
    InvitationWish,
    InviteReferrerDeps,
    invite_referrer,
)

app = api()


@cache
def wire() -> tuple[Services, Enqueue]:
    """Build clients once per process."""
    services = open_services(os.environ)
    return services, services.enqueue_mail()


@app.post("/v1/invitations")
def post() -> Response[str]:
    services, enqueue = wire()
    authenticate(app, services.stores.keys, "crm")
    query(app)
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    wishes = read_wishes(json_object(text), ContactFields(), services.now(), services.new_id)
    keys = services.identity_key(), services.session_keys()
    inviting, public_url = (
        InviteReferrerDeps(services.stores, services.now, services.new_id, enqueue, *keys),
        services.public_url(),
    )
    return reply(200, {"invitations": [_invite(wish, inviting, public_url) for wish in wishes]})


def _invite(wish: InvitationWish, inviting: InviteReferrerDeps, public_url: str) -> dict[str, Any]:
    """Invite one contact, and report a conflict in that contact's place.

    The other contacts are invited all the same.
    """
    try:
        return show_invited(wish, invite_referrer(wish, deps=inviting), public_url)
    except Conflict as conflict:
        return {
            "email": wish.referrer.email,
            "crm_id": wish.referrer.crm_id,
            "problem": problem_of(conflict),
        }


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
