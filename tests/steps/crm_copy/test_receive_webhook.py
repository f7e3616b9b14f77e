"""Webhooks are verified, stored once and answered."""

import pytest

from goodword.domain.crm_copy.delivery import BODY_LIMIT, Delivery
from goodword.domain.errors import Forged, NotFound, NotReady, TooLarge, Unreadable
from goodword.ports.services import SecretPair, WebhookRequest
from goodword.steps.crm_copy.receive_webhook import receive_webhook
from tests.fakes import FakeSecrets

SECRETS = FakeSecrets({"connections/crm": SecretPair("now", "before")})


def receive(world, body=b"[]", signature="now", id="d1", connection="crm", secrets=SECRETS):
    request = WebhookRequest(
        "POST", "https://example.com/webhooks/crm", {"signature": signature, "id": id}, body
    )
    return receive_webhook(
        connection,
        request,
        crm_for=lambda _: world.crm,
        secrets=secrets,
        stores=world.stores,
        now=world.clock,
    )


def test_a_verified_request_is_stored_and_acknowledged(world):
    assert receive(world, "[«ü»]".encode()) == ("text/plain", "thanks", True)
    assert world.tables.all(Delivery) == [Delivery("crm#d1", "crm", "[«ü»]", world.clock())]


def test_the_same_request_again_is_answered_alike_and_stored_once(world):
    receive(world)
    world.clock.advance(minutes=1)
    assert receive(world) == ("text/plain", "thanks", False)
    assert len(world.tables.all(Delivery)) == 1


def test_during_a_rotation_the_previous_secret_holds_too(world):
    assert receive(world, signature="before")[2]


def refused(world, error, **request):
    with pytest.raises(error) as result:
        receive(world, **request)
    assert world.tables.all(Delivery) == []
    return result.value


def test_a_forged_request_writes_nothing(world):
    assert refused(world, Forged, signature="guess").what


def test_a_missing_secret_is_ours_to_mend(world):
    refused(world, NotReady, secrets=FakeSecrets())


def test_an_unknown_connection_is_not_found(world):
    assert refused(world, NotFound, connection="nobody").where == "connection"


def test_a_body_over_the_limit_is_refused_before_anything_else(world):
    assert receive(world, b"x" * BODY_LIMIT)[2]
    with pytest.raises(TooLarge):
        receive(world, b"x" * (BODY_LIMIT + 1), signature="guess", connection="nobody")


def test_a_body_that_is_not_utf8_is_refused(world):
    assert refused(world, Unreadable, body=b"\xff").where == "body"
