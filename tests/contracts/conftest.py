"""The stores twice: in memory, and in DynamoDB as moto plays it. What one does, the other does."""

from collections.abc import Iterator

import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb import dynamodb_backends

from goodword.ports import Stores
from goodword.store.open import open_stores
from tests.fakes import fake_stores
from tests.moto_tables import create_tables

REGION = "eu-central-1"
PREFIX = "contract"


@pytest.fixture(scope="module")
def moto_stores() -> Iterator[Stores]:
    """Open the tables in moto once: to make its clients takes longer than any test."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            environment.setenv(name, "testing")
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
            environment.delenv(name, raising=False)
        create_tables(PREFIX, REGION)
        yield open_stores(PREFIX, REGION)


@pytest.fixture(params=["fakes", "moto"])
def stores(request: pytest.FixtureRequest) -> Stores:
    """Give empty stores of either kind."""
    if request.param == "fakes":
        return fake_stores()
    opened: Stores = request.getfixturevalue("moto_stores")
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
        table.items.clear()
    return opened
