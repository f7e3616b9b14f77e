"""The local cloud's clients do not depend on the environment."""

import pytest

from infra.local.cloud import REGION, Cloud


@pytest.mark.parametrize("service", ["s3", "dynamodb", "cloudformation"])
def test_a_local_cloud_client_needs_no_environment_variables(service, monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    client = Cloud(tmp_path).client(service)
    assert client.meta.region_name == REGION
