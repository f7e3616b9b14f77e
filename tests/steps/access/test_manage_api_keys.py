"""Keys are shown once and stored as hashes."""

import pytest

from goodword.domain.access.api_key import AccessKey, check_access, split_bearer
from goodword.domain.errors import Conflict, Forged, NotFound
from goodword.steps.access.manage_api_keys import list_keys, make_key, manage_api_keys, revoke_key


def issue(world, *scopes, request="condition_text"):
    return manage_api_keys(
        scopes, "a label", request, stores=world.stores, now=world.clock, new_id=world.new_id
    )


def test_a_key_that_was_issued_opens_what_its_scopes_cover(world):
    key, bearer = issue(world, "crm")
    name, secret = split_bearer(f"Bearer {bearer}")
    stored = world.stores.keys.get(name)
    assert stored == key
    assert check_access(stored, secret, "read") is stored
    assert (stored.scopes, stored.label, stored.created_at) == (("crm",), "a label", world.clock())


def test_the_secret_is_stored_nowhere(world):
    _, bearer = issue(world, "read")
    assert bearer.rpartition("_")[2] not in repr(world.tables)


def test_the_same_request_again_makes_no_second_key(world):
    issue(world, "admin")
    with pytest.raises(Conflict) as refused:
        issue(world, "admin")
    assert refused.value.where == "Idempotency-Key"
    assert len(world.tables.all(AccessKey)) == 1
    assert issue(world, "admin", request="another")


def test_a_key_can_be_made_without_storing_it(world):
    key, secret = make_key(("admin",), "first", now=world.clock, new_id=world.new_id)
    assert check_access(key, secret, "admin") is key
    assert world.stores.keys.get(key.key) is None


def revoke(world, name, by="another"):
    return revoke_key(name, by=by, stores=world.stores, now=world.clock)


def test_a_revoked_key_grants_nothing_and_shows_its_revocation(world):
    key, bearer = issue(world, "admin")
    gone = revoke(world, key.key)
    name, secret = split_bearer(f"Bearer {bearer}")
    with pytest.raises(Forged):
        check_access(world.stores.keys.get(name), secret, "read")
    assert (gone.revoked, gone.revoked_at, gone.revoked_by) == (True, world.clock(), "another")


def test_to_revoke_a_key_again_changes_nothing(world):
    key, _ = issue(world, "admin")
    first = revoke(world, key.key)
    assert revoke(world, key.key, by="a third") == first


def test_a_key_cannot_revoke_itself_so_that_one_remains(world):
    key, _ = issue(world, "admin")
    with pytest.raises(Conflict):
        revoke(world, key.key, by=key.key)
    assert world.stores.keys.get(key.key) == key


def test_a_key_that_there_is_not_is_not_found(world):
    with pytest.raises(NotFound):
        revoke(world, "nobodyKey1")


def test_all_keys_are_listed_with_those_that_were_revoked(world):
    made = [issue(world, "read", request=request)[0].key for request in ("one", "two")]
    revoke(world, made[0])
    assert {(each.key, each.revoked) for each in list_keys(None, stores=world.stores).items} == {
        (made[0], True),
        (made[1], False),
    }
