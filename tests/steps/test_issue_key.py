"""Keys are shown once and stored as hashes."""

import pytest

from goodword.domain.access import AccessKey, check_access, split_bearer
from goodword.domain.errors import Clash
from goodword.steps.issue_key import issue_key, make_key


def issue(world, *scopes, request="once"):
    return issue_key(scopes, "a label", request, stores=world.stores, now=world.clock, new_id=world.new_id)


def test_a_key_that_was_issued_opens_what_its_scopes_cover(world):
    key, bearer = issue(world, "crm")
    name, secret = split_bearer(f"Bearer {bearer}")
    held = world.stores.keys.get(name)
    assert held == key
    assert check_access(held, secret, "read") is held
    assert (held.scopes, held.label, held.created_at) == (("crm",), "a label", world.clock())


def test_the_secret_is_stored_nowhere(world):
    _, bearer = issue(world, "read")
    assert bearer.rpartition("_")[2] not in repr(world.tables)


def test_the_same_request_again_makes_no_second_key(world):
    issue(world, "admin")
    with pytest.raises(Clash) as refused:
        issue(world, "admin")
    assert refused.value.where == "Idempotency-Key"
    assert len(world.tables.all(AccessKey)) == 1
    assert issue(world, "admin", request="another")


def test_a_key_can_be_made_without_storing_it(world):
    key, secret = make_key(("admin",), "first", now=world.clock, new_id=world.new_id)
    assert check_access(key, secret, "admin") is key
    assert world.stores.keys.get(key.key) is None
