"""One deployment for all tests of this folder, as good as new for each of them."""

from collections.abc import Iterator

import pytest

from tests.api.cloud import Cloud, open_cloud


@pytest.fixture(scope="package")
def _deployed() -> Iterator[Cloud]:
    with open_cloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(_deployed: Cloud) -> Cloud:
    """Give a deployment with nothing in it but a key of each scope."""
    _deployed.reset()
    return _deployed


@pytest.fixture
def furnished(_deployed: Cloud) -> Cloud:
    """Give a deployment with a program, a connection and a referrer."""
    _deployed.reset(furnished=True)
    return _deployed
