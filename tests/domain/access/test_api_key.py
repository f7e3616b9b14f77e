"""Bearer keys: who may call what."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.access.api_key import (
    SCOPES,
    AccessKey,
    check_access,
    hash_secret,
    split_bearer,
    write_bearer,
)
from goodword.domain.errors import Forbidden, Forged

SECRET = "s" * 40


def key(*scopes, **more):
    return AccessKey(
        "abcdefgh", hash_secret(SECRET), scopes, "label", datetime(2027, 1, 1, tzinfo=UTC), **more
    )


def test_what_is_written_is_read_again():
    assert split_bearer(f"Bearer {write_bearer('abcdefgh', SECRET)}") == ("abcdefgh", SECRET)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_may_be_written_in_any_case(scheme):
    assert split_bearer(f"{scheme} {write_bearer('abcdefgh', SECRET)}")[1] == SECRET


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Basic gw_abcdefgh_" + SECRET,
        "Bearer abcdefgh_" + SECRET,
        "Bearer gw_short_" + SECRET,
        "Bearer gw_abcdefgh_short",
        "Bearer gw_abcdefgh_" + "ü" * 40,
        "Bearer gw_abcdefgh_" + SECRET + "_more",
        "Bearer gw_abcdefgh_" + SECRET + "\nX: y",
    ],
)
def test_anything_else_is_refused_in_one_way(header):
    with pytest.raises(Forged, match="missing or not valid"):
        split_bearer(header)


@given(st.text())
def test_no_header_leads_to_another_error(header):
    with pytest.raises(Forged):
        split_bearer(header)


COVERS = {"admin": {"admin", "crm", "read"}, "crm": {"crm", "read"}, "read": {"read"}}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("needed", SCOPES)
def test_a_scope_covers_itself_and_what_lies_below(scope, needed):
    stored = key(scope)
    if needed in COVERS[scope]:
        assert check_access(stored, SECRET, needed) is stored
    else:
        with pytest.raises(Forbidden, match=needed):
            check_access(stored, SECRET, needed)


def test_several_scopes_add_up_and_none_covers_nothing():
    assert check_access(key("read", "crm"), SECRET, "crm")
    with pytest.raises(Forbidden):
        check_access(key(), SECRET, "read")


@pytest.mark.parametrize(
    ("stored", "secret"),
    [
        (None, SECRET),
        (None, "no such key"),
        (key("admin"), "x" * 40),
        (key("admin", revoked=True), SECRET),
    ],
    ids=["no key", "no key, and the secret of none", "wrong secret", "revoked"],
)
def test_missing_wrong_and_revoked_keys_are_refused_alike(stored, secret):
    with pytest.raises(Forged) as refused:
        check_access(stored, secret, "read")
    assert refused.value.what == "the bearer key is missing or not valid"


def test_the_hash_does_not_show_the_secret():
    assert SECRET not in hash_secret(SECRET)
    assert len(hash_secret(SECRET)) == 64
