"""The stores three times: in memory, in DynamoDB as moto plays it, and on the local cloud.

All do alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb import dynamodb_backends

from goodword.ports.stores import Stores
from goodword.store.open import open_stores
from goodword.store.tables import load_tables
from infra.local.cloud import REGION as LOCAL_REGION
from infra.local.cloud import Cloud
from infra.local.demo import administrator
from tests.fakes import fake_stores
from tests.moto_tables import create_tables

REGION = "eu-central-1"
PREFIX = "contract"


@contextmanager
def opened_in_moto() -> Iterator[Stores]:
    """Open the tables in moto."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            environment.setenv(name, "testing")
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
            environment.delenv(name, raising=False)
        create_tables(PREFIX, REGION)
        yield open_stores(PREFIX, REGION)


@pytest.fixture(scope="package")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Start one local cloud with the tables for all that asks for it, and stop it."""
    folder: Path = tmp_path_factory.mktemp("cloud")
    with Cloud(folder) as cloud:
        with administrator(cloud.endpoint):
            create_tables(PREFIX, LOCAL_REGION)
        yield cloud


class LocalTables:
    """The tables on the local cloud, which record the writes since they were last emptied."""

    def __init__(self) -> None:
        self.stores = open_stores(PREFIX, LOCAL_REGION)
        self._client = boto3.client("dynamodb")

    def empty(self) -> None:
        """Remove all items."""
        for name, table in load_tables().items():
            full_name = f"{PREFIX}-{name}"
            for item in self._client.scan(TableName=full_name)["Items"]:
                key = {attribute: item[attribute] for attribute in table.key_names()}
                self._client.delete_item(TableName=full_name, Key=key)


@contextmanager
def opened_locally(cloud: Cloud) -> Iterator[LocalTables]:
    """Open the tables on the local cloud."""
    with administrator(cloud.endpoint):
        yield LocalTables()


# Of the module, so that the tests of one kind come together: the models know one deployment at a
# time.
@pytest.fixture(scope="module", params=["fakes", "moto", "local cloud"])
def backend(request: pytest.FixtureRequest) -> Iterator[object]:
    """Open the stores of one kind: to make a client takes longer than any test."""
    if request.param == "fakes":
        yield None
    elif request.param == "moto":
        with opened_in_moto() as stores:
            yield stores
    else:
        with opened_locally(request.getfixturevalue("local_cloud")) as tables:
            yield tables


@pytest.fixture
def stores(backend: object) -> Stores:
    """Give empty stores of one kind."""
    if isinstance(backend, LocalTables):
        backend.empty()
        return backend.stores
    if backend is None:
        return fake_stores()
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
        table.items.clear()
    return cast("Stores", backend)
