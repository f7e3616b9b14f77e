"""POST /v1/invitations: invite CRM contacts, by mail or with links to send oneself."""

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
from goodword.http.wiring import House, open_house
from goodword.ports import Wake
from goodword.steps.referrers.invite_referrer import InvitationWish, Inviting, invite_referrer

app = api()


@cache
def wire() -> tuple[House, Wake]:
    """Build clients once per process."""
    house = open_house(os.environ)
    return house, house.wake_mail()


@app.post("/v1/invitations")
def post() -> Response[str]:
    house, wake = wire()
    authenticate(app, house.stores.keys, "crm")
    query(app)
    _, text = text_body(app.current_event.raw_event, ("application/json",))
    wishes = read_wishes(json_object(text), ContactFields(), house.now(), house.new_id)
    keys = house.identity_key(), house.session_keys()
    inviting, public_url = Inviting(house.stores, house.now, house.new_id, wake, *keys), house.public_url()
    return reply(200, {"invitations": [_invite(wish, inviting, public_url) for wish in wishes]})


def _invite(wish: InvitationWish, inviting: Inviting, public_url: str) -> dict[str, Any]:
    """Invite one contact; one that clashes says so in its place, and the others are invited all the same."""
    try:
        return show_invited(wish, invite_referrer(wish, house=inviting), public_url)
    except Conflict as clash:
        return {"email": wish.referrer.email, "crm_id": wish.referrer.crm_id, "problem": problem_of(clash)}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return handle(app, event, context)
