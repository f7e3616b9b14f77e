"""What a connection is asked with.

A missing token is reported, never mistaken for a CRM that does not answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from goodword.crm.hubspot.lookup import HubSpotLookup
from goodword.crm.lookup import NoLookup
from goodword.domain.crm_copy.connection import Connection
from goodword.domain.errors import NotReady
from goodword.http.wiring import Services
from goodword.ids import NewIds

URL = "https://api.example.com"
TOKEN = "connections/crm/token"


class StoredSecrets:
    """Parameters that are simply there; what is asked for is remembered."""

    def __init__(self, **secrets: str) -> None:
        self.values = {"keys/identities": "a key", **secrets}
        self.asked: list[str] = []

    def get(self, name: str) -> str:
        self.asked.append(name)
        if name not in self.values:
            raise NotReady("missing")
        return self.values[name]


def services_with(secrets: StoredSecrets) -> Services:
    environ = {"CREDIT_QUEUE_URL": "https://queue.example.com/credits"}
    return Services(cast(Any, None), cast(Any, secrets), NewIds(), environ, cast(Any, None))


def connection(api_base: str = URL) -> Connection:
    return Connection("crm", 1, "hubspot", ("peers",), {}, api_base)


def test_a_crm_with_an_address_and_a_token_is_asked() -> None:
    applying = services_with(StoredSecrets(**{TOKEN: "opens"})).applying()
    assert isinstance(applying.lookup_for(connection()), HubSpotLookup)


def test_a_crm_without_a_token_is_reported_with_a_remedy() -> None:
    """Its events would all be stored as unmatched without a report."""
    applying = services_with(StoredSecrets()).applying()
    with pytest.raises(NotReady, match="goodword secrets set crm --token"):
        applying.lookup_for(connection())


def test_without_an_address_no_token_is_asked_for() -> None:
    secrets = StoredSecrets()
    assert isinstance(services_with(secrets).applying().lookup_for(connection("")), NoLookup)
    assert TOKEN not in secrets.asked


def test_a_lookup_is_cached_until_token_or_terms_change() -> None:
    secrets = StoredSecrets(**{TOKEN: "key:secret"})
    applying = services_with(secrets).applying()
    first = applying.lookup_for(connection())
    assert applying.lookup_for(connection()) is first
    secrets.values[TOKEN] = "key:another"
    assert applying.lookup_for(connection()) is not first
    assert applying.lookup_for(replace(connection(), version=2)) is not first
