"""goodword init and secrets: what is written to AWS, what never is again.

Secrets that are never shown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws
from pynamodb.exceptions import TransactWriteError

from goodword.domain.access.api_key import check_access, split_bearer
from goodword.domain.access.keyring import read_keyring
from goodword.store.open import open_stores
from infra.cli import aws
from infra.cli.errors import CliError, NotNow, Usage
from infra.cli.init import KEY_PARAMETERS, check_stripe_key, init_stack
from infra.cli.secrets import rotate_secret, set_secret
from tests.fakes import FakeClock, FakeNewId, fake_stores
from tests.infra.cli.service import Command
from tests.moto_tables import create_tables

STACK, REGION = "mine", "eu-central-1"
STRIPE_KEY = "sk_test_invented"
WHERE = ("--stack", STACK, "--region", REGION)
IDS = FakeNewId()
INIT = ("init", *WHERE)


@pytest.fixture(scope="module")
def stack() -> Iterator[None]:
    """Give an AWS account with a stack's tables, for all tests of this module."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        for name in (
            "AWS_PROFILE",
            "AWS_ENDPOINT_URL",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_CONFIG_FILE",
        ):
            patch.delenv(name, raising=False)
        create_tables(STACK, REGION)
        yield


@pytest.fixture
def account(stack: None) -> None:
    """Give the account without any parameter."""
    names = [each["Name"] for each in ssm().describe_parameters()["Parameters"]]
    if names:
        ssm().delete_parameters(Names=names)


@pytest.fixture
def goodword(goodword: Command) -> Command:
    """Give the command, with ids that go on from test to test as the tables do."""
    goodword.new_id = IDS
    return goodword


def ssm() -> Any:
    return boto3.client("ssm", region_name=REGION)


def stored() -> dict[str, str]:
    """Return every parameter of the stack; each must be a secure one."""
    found = ssm().get_parameters_by_path(
        Path=f"/goodword/{STACK}", Recursive=True, WithDecryption=True
    )
    assert {each["Type"] for each in found["Parameters"]} <= {"SecureString"}
    return {
        each["Name"].removeprefix(f"/goodword/{STACK}/"): each["Value"]
        for each in found["Parameters"]
    }


def opens(bearer: str) -> bool:
    """Say whether the key opens everything, by the service's own check of its own table."""
    name, secret = split_bearer(f"Bearer {bearer}")
    return (
        check_access(open_stores(STACK, REGION).keys.get(name), secret, "admin").label
        == "first admin key"
    )


@pytest.mark.usefixtures("account")
class TestInit:
    """goodword init."""

    def test_it_writes_five_secrets_and_a_key_that_opens(self, goodword: Command) -> None:
        result = goodword(*INIT, "--stripe-key-stdin", "--print-key-only", stdin=f"{STRIPE_KEY}\n")
        assert (result.exit_code, result.stderr) == (0, "")
        assert opens(result.stdout.strip())
        written = stored()
        assert written.pop("stripe/current") == STRIPE_KEY
        assert set(written) == set(KEY_PARAMETERS)
        assert len(set(written.values())) == 4
        assert {len(value) for value in written.values()} == {40}

    def test_it_shows_the_key_this_once_and_no_other_secret(self, goodword: Command) -> None:
        name = f"/goodword/{STACK}/public_url"
        ssm().put_parameter(Name=name, Value="https://refer.example.com", Type="SecureString")
        result = goodword(*INIT, "--stripe-key-stdin", stdin=STRIPE_KEY)
        assert "shown only once" in result.stdout
        assert result.stdout.count("gw_") == 1
        assert "export GOODWORD_URL=https://refer.example.com" in result.stdout
        secrets = [value for name, value in stored().items() if name != "public_url"]
        assert len(secrets) == 5
        assert not any(secret in result.output for secret in secrets)

    def test_again_it_overwrites_nothing_and_makes_one_more_key(self, goodword: Command) -> None:
        first = goodword(*INIT, "--stripe-key-stdin", "--print-key-only", stdin=STRIPE_KEY).stdout
        before = stored()
        result = goodword(*INIT, "--stripe-key-stdin", "--json", stdin="sk_test_another")
        shown = goodword.json(*INIT)
        assert result.exit_code == 0
        assert "stripe/current is there and stays" in result.stderr
        assert stored() == before
        assert (shown["written"], shown["kept"]) == ([], list(KEY_PARAMETERS))
        assert opens(first.strip())
        assert opens(shown["bearer"])

    def test_a_person_types_stripes_key_without_echo(self, goodword: Command) -> None:
        goodword.at_terminal = True
        result = goodword(*INIT, "--print-key-only", stdin=f"{STRIPE_KEY}\n")
        assert stored()["stripe/current"] == STRIPE_KEY
        assert STRIPE_KEY not in result.output
        assert "Stripe's secret key" in result.stderr
        assert result.stdout.split() == [result.stdout.strip()]

    @pytest.mark.parametrize("at_terminal", [True, False])
    def test_stripes_key_may_come_later(self, goodword: Command, at_terminal: bool) -> None:
        goodword.at_terminal = at_terminal
        result = goodword(*INIT, "--print-key-only", stdin="\n")
        assert (result.exit_code, set(stored())) == (0, set(KEY_PARAMETERS))
        assert "goodword secrets set stripe/current" in result.stderr

    @pytest.mark.parametrize("key", ["", "pk_test_public", "sk_test one", "sk_é", "sk_a\nsk_b"])
    def test_a_key_that_is_not_stripes_writes_nothing(self, goodword: Command, key: str) -> None:
        result = goodword(*INIT, "--stripe-key-stdin", stdin=key)
        assert (result.exit_code, result.stdout, stored()) == (2, "", {})
        assert not key or key not in result.stderr

    def test_a_mistyped_stack_writes_nothing(self, goodword: Command) -> None:
        result = goodword("init", "--stack", "mien", "--region", REGION)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "there is no such stack in this region" in result.stderr
        assert not ssm().get_parameters_by_path(Path="/goodword", Recursive=True)["Parameters"]

    @pytest.mark.parametrize(
        ("parts", "where"),
        [
            (("init", "--region", REGION), "--stack"),
            (("init", "--stack", "a/b", "--region", REGION), "--stack"),
            (("init", "--stack", STACK), "--region"),
        ],
    )
    def test_what_is_not_given_is_named(
        self, goodword: Command, parts: tuple[str, ...], where: str, tmp_path: Path
    ) -> None:
        goodword.environ["AWS_CONFIG_FILE"] = str(tmp_path / "none")
        result = goodword(*parts)
        assert (result.exit_code, f"where: {where}" in result.stderr) == (2, True)

    def test_no_secret_is_taken_from_the_command_line(self, goodword: Command) -> None:
        for parts in ((*INIT, "--stripe-key", STRIPE_KEY), (*INIT, STRIPE_KEY)):
            assert goodword(*parts).exit_code == 2
        assert goodword("secrets", "set", "crm", "a secret", *WHERE).exit_code == 2
        assert stored() == {}

    def test_the_environment_is_as_it_was(self, goodword: Command) -> None:
        before = dict(os.environ)
        goodword(*INIT)
        assert dict(os.environ) == before


@pytest.mark.usefixtures("account")
class TestSecrets:
    """goodword secrets."""

    @pytest.mark.parametrize(
        ("parts", "name"),
        [
            (("crm",), "connections/crm/current"),
            (("crm", "--previous"), "connections/crm/previous"),
            (("crm", "--token"), "connections/crm/token"),
            (("stripe/current",), "stripe/current"),
        ],
    )
    def test_each_secret_has_its_place(
        self, goodword: Command, parts: tuple[str, ...], name: str
    ) -> None:
        for value in ("sk_test_one", "sk_test_two"):
            result = goodword("secrets", "set", *parts, *WHERE, stdin=f"{value}\n")
            assert (result.exit_code, stored()) == (0, {name: value})
            assert value not in result.output
            assert f"/goodword/{STACK}/{name} is written." in result.stdout

    @pytest.mark.parametrize(
        ("parts", "value"),
        [
            (("crm",), ""),
            (("crm",), "two\nlines"),
            (("crm",), "x" * 5000),
            (("../keys/cursors",), "value"),
            (("crm", "--previous", "--token"), "value"),
            (("stripe/current", "--previous"), "sk_test_1"),
            (("stripe/current",), "pk_test_1"),
        ],
    )
    def test_what_is_no_secret_is_not_written(
        self, goodword: Command, parts: tuple[str, ...], value: str
    ) -> None:
        result = goodword("secrets", "set", *parts, *WHERE, stdin=value)
        assert (result.exit_code, result.stdout, stored()) == (2, "", {})

    def test_a_person_is_asked_without_echo(self, goodword: Command) -> None:
        goodword.at_terminal = True
        result = goodword("secrets", "set", "crm", *WHERE, stdin="the secret\n")
        assert stored() == {"connections/crm/current": "the secret"}
        assert "the secret" not in result.output

    def test_a_rotation_makes_the_current_secret_the_previous_one(self, goodword: Command) -> None:
        goodword("secrets", "set", "crm", *WHERE, stdin="one")
        for new, old in (("two", "one"), ("three", "two")):
            result = goodword("secrets", "rotate", "crm", *WHERE, stdin=new)
            assert result.exit_code == 0
            assert stored() == {"connections/crm/current": new, "connections/crm/previous": old}

    def test_the_same_secret_again_does_not_lose_the_previous_one(self, goodword: Command) -> None:
        for command, value in (("set", "one"), ("rotate", "two")):
            goodword("secrets", command, "crm", *WHERE, stdin=value)
        before = stored()
        assert goodword("secrets", "rotate", "crm", *WHERE, stdin="two").exit_code == 1
        assert stored() == before

    def test_there_must_be_something_to_rotate(self, goodword: Command) -> None:
        result = goodword("secrets", "rotate", "crm", *WHERE, stdin="one")
        assert (result.exit_code, stored()) == (1, {})
        assert "goodword secrets set crm" in result.stderr
        with pytest.raises(Usage):
            rotate_secret(ssm(), STACK, "crm", "")

    def test_the_session_key_verifies_for_a_while_before_it_signs(self, goodword: Command) -> None:
        ssm().put_parameter(
            Name=f"/goodword/{STACK}/keys/sessions", Value="one", Type="SecureString"
        )
        goodword.now = clock = FakeClock(datetime.now(UTC))
        first = goodword("secrets", "rotate-sessions", *WHERE)
        coming = read_keyring(stored()["keys/sessions"])
        assert (first.exit_code, coming.keys) == (0, ("one",))
        assert coming.coming not in first.output
        assert goodword("secrets", "rotate-sessions", *WHERE).exit_code == 1
        assert read_keyring(stored()["keys/sessions"]) == coming, (
            "too soon: some function may not know it"
        )
        clock.advance(minutes=11)
        assert "1 older keys still verify" in goodword("secrets", "rotate-sessions", *WHERE).output
        assert read_keyring(stored()["keys/sessions"]).keys == (coming.coming, "one")

    def test_older_keys_of_sessions_are_forgotten_on_request(self, goodword: Command) -> None:
        assert goodword("secrets", "rotate-sessions", *WHERE).exit_code == 1, "there is none yet"
        ssm().put_parameter(
            Name=f"/goodword/{STACK}/keys/sessions", Value="two one", Type="SecureString"
        )
        assert (
            "Deleted keys: 1." in goodword("secrets", "rotate-sessions", "--forget", *WHERE).output
        )
        assert stored() == {"keys/sessions": "two"}
        assert goodword("secrets", "rotate-sessions", "--forget", *WHERE).exit_code == 1
        assert stored() == {"keys/sessions": "two"}, "the key that signs is never forgotten"

    def test_a_rotation_that_broke_off_can_be_repeated(self) -> None:
        client = ssm()
        set_secret(client, STACK, "crm", "one")
        with Stubber(client) as stub:
            answer = {"Parameters": [{"Name": "n", "Value": "one"}]}
            stub.add_response("get_parameters", answer)
            stub.add_client_error("put_parameter", "InternalServerError")
            with pytest.raises(client.exceptions.ClientError):
                rotate_secret(client, STACK, "crm", "two")
        rotate_secret(client, STACK, "crm", "two")
        assert stored() == {"connections/crm/current": "two", "connections/crm/previous": "one"}


@pytest.mark.usefixtures("account")
def test_init_stack_can_be_called_with_any_stores() -> None:
    stores = fake_stores()
    made = init_stack(ssm(), stores, STACK, STRIPE_KEY)
    again = init_stack(ssm(), stores, STACK, None)
    name, secret = split_bearer(f"Bearer {made.bearer}")
    assert check_access(stores.keys.get(name), secret, "admin").key == made.key
    assert made.written == (*KEY_PARAMETERS, "stripe/current")
    assert (again.written, again.kept) == ((), KEY_PARAMETERS)
    assert again.key != made.key


def test_a_key_of_stripes_begins_as_they_do() -> None:
    for key in ("sk_test_1", "rk_test_1", "sk_live_1", "rk_live_1"):
        assert check_stripe_key(key) == key


class TestWhatAwsAnswers:
    """Each failure of AWS's becomes one of the command's own, with its exit code."""

    def test_a_refusal_names_the_call(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        with aws.reaching_aws(REGION, "") as region:
            client = aws.open_parameters(region)
        with Stubber(client) as stub:
            stub.add_client_error("put_parameter", "AccessDeniedException")
            with (
                pytest.raises(CliError, match="AWS refused PutParameter: AccessDenied"),
                aws.reaching_aws(REGION, ""),
            ):
                aws.write_parameter(client, "/goodword/mine/a", "the value", overwrite=True)

    def test_an_address_where_nothing_answers_ends_in_three(
        self, goodword: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(aws, "TRIES", 1)
        goodword.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        result = goodword(*INIT, "--endpoint-url", "http://127.0.0.1:9")
        assert (result.exit_code, "AWS cannot be reached" in result.stderr) == (3, True)
        assert NotNow.exit_code == 3

    def test_missing_credentials_are_a_wrong_use(
        self, goodword: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        for name in (
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_PROFILE",
        ):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(
            boto3, "DEFAULT_SESSION", None
        )  # which keeps the credentials that it found
        none = str(tmp_path / "none")
        goodword.environ |= {
            "AWS_SHARED_CREDENTIALS_FILE": none,
            "AWS_CONFIG_FILE": none,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        result = goodword(*INIT)
        assert (result.exit_code, "credentials" in result.stderr) == (2, True)

    def test_what_the_tables_refuse_is_reported_by_its_cause(self) -> None:
        cause = ClientError({"Error": {"Code": "AccessDeniedException"}}, "TransactWriteItems")
        refused = pytest.raises(CliError, match="AWS refused TransactWriteItems")
        with refused, aws.reaching_aws(REGION, ""):
            raise TransactWriteError("no", cause)

    def test_the_region_may_come_from_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_REGION", REGION)
        with aws.reaching_aws("", "") as region:
            assert region == REGION

    def test_every_wait_has_an_end(self) -> None:
        config = aws.open_parameters(REGION).meta.config
        assert (config.connect_timeout, config.read_timeout) == (5, 15)
        assert config.retries["total_max_attempts"] == 3
