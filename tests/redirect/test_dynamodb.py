"""The redirect's own client does what the library did for it.

Sign, renew, reconnect, wait, trust few.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as OracleCredentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from goodword.redirect import dynamodb
from goodword.redirect.dynamodb import (
    ROOTS,
    Credentials,
    Dynamo,
    DynamoError,
    Unreachable,
    sign,
    signing_key,
)
from tests.redirect.server import Act, Asked, Server, answer, error, half, hang_up, raw

VECTORS = yaml.safe_load((Path(__file__).parent / "vectors.yaml").read_text(encoding="utf-8"))
KEYS = {"AWS_ACCESS_KEY_ID": "one", "AWS_SECRET_ACCESS_KEY": "first", "AWS_SESSION_TOKEN": "token"}
# SHA-256 of the roots at https://www.amazontrust.com/repository/, as listed there.
AMAZONS = {
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",  # Amazon Root CA 1
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",  # Amazon Root CA 2
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",  # Amazon Root CA 3
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",  # Amazon Root CA 4
    # Starfield Services Root CA - G2
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
}


def soon() -> float:
    """Give a server in this process all the time that a busy machine may need."""
    return time.monotonic() + 60


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no try end early on a busy machine, wait for nothing, and leave no connection open."""
    monkeypatch.setattr(dynamodb, "TRY_SECONDS", 30.0)
    monkeypatch.setattr(dynamodb, "FIRST_PAUSE_SECONDS", 0.0)
    made: list[dynamodb.Wire] = []
    build = dynamodb.Wire.__init__

    def remember(self: dynamodb.Wire, *given: Any, **more: Any) -> None:
        build(self, *given, **more)
        made.append(self)

    monkeypatch.setattr(dynamodb.Wire, "__init__", remember)
    yield
    for wire in made:
        wire.close()


@pytest.fixture
def server():
    with Server() as running:
        yield running


def client(server: Server, environ: dict[str, str] | None = None, **more: str) -> Dynamo:
    return Dynamo(
        "eu-central-1",
        {**(KEYS if environ is None else environ), "AWS_ENDPOINT_URL": server.url},
        **more,
    )


# --- signing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VECTORS["cases"])
def test_a_signature_is_the_published_one(name: str) -> None:
    case, scope = VECTORS["cases"][name], VECTORS["scope"]
    result = sign(
        case["method"],
        {**VECTORS["headers"], **case.get("headers", {})},
        case.get("body", "").encode(),
        key=signing_key(VECTORS["secret_key"], scope),
        access_key=VECTORS["access_key"],
        scope=scope,
    )
    assert result.endswith(f", Signature={case['signature']}")
    assert result.startswith(f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders=")


def test_requests_carry_botocores_signature(server: Server) -> None:
    client(server).call("PutItem", {"TableName": "tß"}, until=soon(), again=True)
    (asked,) = server.asked
    assert asked.headers["authorization"].endswith(signature_by_botocore(server, asked))


def test_a_new_day_has_a_signing_key_of_its_own(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    midnight, dynamo = datetime(2027, 3, 2, tzinfo=UTC).timestamp(), client(server)
    for at in [time.gmtime(midnight + second) for second in (-1, 0, 1)]:
        monkeypatch.setattr(dynamodb.time, "gmtime", lambda at=at: at)
        dynamo.call("PutItem", {}, until=soon(), again=True)
    for asked, scope in zip(server.asked, ("20270301", "20270302", "20270302"), strict=True):
        assert f"Credential=one/{scope}/eu-central-1/" in asked.headers["authorization"]
        assert asked.headers["authorization"].endswith(signature_by_botocore(server, asked))


def signature_by_botocore(server: Server, asked: Asked) -> str:
    """Sign what was asked as botocore would have."""
    signed = re.search("SignedHeaders=([^,]+)", asked.headers["authorization"])
    assert signed
    assert {"host", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= set(
        signed[1].split(";")
    )
    headers = {
        name: asked.headers[name] for name in signed[1].split(";") if name != "x-amz-security-token"
    }
    request = AWSRequest("POST", f"{server.url}/", headers=headers, data=asked.body)
    request.context["timestamp"] = asked.headers["x-amz-date"]
    oracle = SigV4Auth(OracleCredentials("one", "first", "token"), "dynamodb", "eu-central-1")
    request.headers["X-Amz-Security-Token"] = "token"
    text = oracle.string_to_sign(request, oracle.canonical_request(request))
    return str(oracle.signature(text, request))


# --- credentials ----------------------------------------------------------------------------------


def test_environment_credentials_are_read_for_each_request(server: Server) -> None:
    environ = dict(KEYS)
    environ["AWS_ENDPOINT_URL"] = server.url
    dynamo = Dynamo("eu-central-1", environ)
    dynamo.call("GetItem", {}, until=soon(), again=True)
    environ.update(AWS_ACCESS_KEY_ID="two", AWS_SECRET_ACCESS_KEY="second")
    dynamo.call("GetItem", {}, until=soon(), again=True)
    first, second = (asked.headers["authorization"] for asked in server.asked)
    assert "Credential=one/" in first
    assert "Credential=two/" in second


def given(name: str, ends: datetime) -> dict[str, str]:
    return {
        "AccessKeyId": name,
        "SecretAccessKey": "s",
        "Token": "t",
        "Expiration": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
    }


START = datetime(2027, 3, 1, 9, tzinfo=UTC)


def test_credentials_of_the_container_endpoint_are_renewed_before_they_end(server: Server) -> None:
    now = [START]
    environ = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/creds?a=b",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in",
    }
    credentials = Credentials(environ, lambda: now[0].timestamp())
    hour = timedelta(hours=1)
    server.acts += [answer(given("one", START + hour)), answer(given("two", START + 2 * hour))]
    assert credentials.get(soon()) == ("one", "s", "t")
    now[0] += timedelta(minutes=54)
    assert credentials.get(soon())[0] == "one"
    now[0] += timedelta(minutes=2)
    assert credentials.get(soon())[0] == "two"
    assert [asked.path for asked in server.asked] == ["/creds?a=b"] * 2
    assert server.asked[0].headers["authorization"] == "let me in"


def test_a_failing_endpoint_costs_nothing_while_the_credentials_are_valid(
    server: Server,
) -> None:
    now = [START]
    environ = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/"}
    credentials = Credentials(environ, lambda: now[0].timestamp())
    server.acts += [answer(given("one", START + timedelta(hours=1))), answer({}, 500), hang_up]
    assert credentials.get(soon())[0] == "one"
    now[0] += timedelta(minutes=59)
    assert credentials.get(soon())[0] == "one"
    now[0] += timedelta(minutes=1)
    with pytest.raises(Unreachable):
        credentials.get(soon())


def test_a_hanging_endpoint_leaves_time_and_is_skipped_afterwards() -> None:
    now = [START]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        credentials = Credentials(
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": address}, lambda: now[0].timestamp()
        )
        credentials._held, credentials._ends = (
            ("one", "s", "t"),
            (START + timedelta(minutes=4)).timestamp(),
        )
        until = time.monotonic() + 30
        assert [credentials.get(until)[0] for _ in range(3)] == ["one"] * 3
        assert time.monotonic() < until
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
        now[0] += timedelta(seconds=11)
        assert credentials.get(until)[0] == "one"
        silent.accept()[0].close()


def test_a_container_endpoints_token_may_come_from_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("let me in\n")
    environ = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
    }
    server.acts.append(answer(given("one", START)))
    Credentials(environ, lambda: 0.0).get(soon())
    assert server.asked[0].headers["authorization"] == "let me in"


@pytest.mark.parametrize("address", ["http://192.0.2.1/creds", "ftp://127.0.0.1/", ""])
def test_no_other_machine_is_asked_for_credentials_in_clear_text(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb.Wire, "open", lambda *_: pytest.fail("it was asked"))
    with pytest.raises(Unreachable):
        Credentials({"AWS_CONTAINER_CREDENTIALS_FULL_URI": address}).get(soon())


def test_credentials_that_ended_early_are_asked_for_again(server: Server) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    server.acts += [
        answer(given("one", later)),
        error("ExpiredTokenException"),
        answer(given("two", later)),
    ]
    dynamo = client(server, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/creds"})
    assert dynamo.call("GetItem", {}, until=soon(), again=False) == {}
    assert [asked.path for asked in server.asked] == ["/creds", "/", "/creds", "/"]
    assert "Credential=two/" in server.asked[-1].headers["authorization"]


def test_credentials_may_end_with_the_connection(server: Server) -> None:
    result = json.dumps(given("one", datetime.now(UTC) + timedelta(hours=1))).encode()
    server.acts.append(raw(b"HTTP/1.0 200 So\r\n\r\n" + result, last=True))
    dynamo = client(server, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/creds"})
    assert dynamo.call("GetItem", {}, until=soon(), again=False) == {}
    assert "Credential=one/" in server.asked[-1].headers["authorization"]
    assert [asked.version for asked in server.asked] == ["HTTP/1.0", "HTTP/1.1"]


LONG = b" " * 200_000 + json.dumps(given("long", datetime(2099, 1, 1, tzinfo=UTC))).encode()
FAILED = {
    "an error of theirs": answer({}, 500),
    "silent": hang_up,
    "half": raw(b'HTTP/1.0 200 So\r\n\r\n{"AccessKeyId": "on', last=True),
    "too long": raw(b"HTTP/1.0 200 So\r\n\r\n" + LONG, last=True),
    "no object": answer([]),
}


@pytest.mark.parametrize("failed", FAILED.values(), ids=FAILED)
def test_a_failing_endpoint_is_retried_while_there_is_time(server: Server, failed: Act) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    server.acts += [failed, answer(given("one", later))]
    dynamo = client(server, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/creds"})
    assert dynamo.call("UpdateItem", {}, until=soon(), again=False) == {}
    assert [asked.path for asked in server.asked] == ["/creds", "/creds", "/"]


def test_without_credentials_that_is_what_is_reported(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb, "LAST_SECONDS", 1000.0)
    server.acts.append(answer({}, 500))
    with pytest.raises(Unreachable, match="NoCredentials"):
        client(server, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url}).call(
            "UpdateItem", {}, until=soon(), again=False
        )


# --- connections ----------------------------------------------------------------------------------


def test_all_goes_over_one_connection(server: Server) -> None:
    dynamo = client(server)
    server.acts.append(answer({"Item": {"a": {"S": "ü"}}}))
    assert dynamo.call("GetItem", {"Key": 1}, until=soon(), again=True) == {
        "Item": {"a": {"S": "ü"}}
    }
    for _ in range(3):
        dynamo.call("PutItem", {}, until=soon(), again=True)
    assert [asked.connection for asked in server.asked] == [1] * 4
    assert (server.asked[0].operation, server.asked[0].json) == ("GetItem", {"Key": 1})


def test_a_connection_closed_between_invocations_is_reopened_without_a_duplicate(
    server: Server,
) -> None:
    dynamo = client(server)
    dynamo.call("PutItem", {"n": 1}, until=soon(), again=False)
    server.close_all()
    dynamo.call("PutItem", {"n": 2}, until=soon(), again=False)
    assert [asked.json for asked in server.asked] == [{"n": 1}, {"n": 2}]
    assert server.connections == 2


def test_a_connection_that_slept_long_is_not_trusted(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    dynamo = client(server)
    dynamo.call("PutItem", {}, until=soon(), again=False)
    monkeypatch.setattr(dynamodb, "IDLE_SECONDS", -1.0)
    dynamo.call("PutItem", {}, until=soon(), again=False)
    assert server.connections == 2


def test_a_server_that_says_close_is_not_used_again(server: Server) -> None:
    server.acts.append(answer(connection="close"))
    dynamo = client(server)
    for _ in range(2):
        dynamo.call("GetItem", {}, until=soon(), again=True)
    assert server.connections == 2


BROKEN = {
    "silent": hang_up,
    "half": half,
    "garbled": answer(x_amz_crc32="1"),
    "without a status": raw(b"HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}"),
    "without a length": raw(b"HTTP/1.1 200 So\r\n\r\n{}", last=True),
    "a page": raw(b"HTTP/1.1 200 So\r\ncontent-length: 6\r\n\r\n<html>"),
    "nothing": raw(b"HTTP/1.1 200 So\r\ncontent-length: 0\r\n\r\n"),
    "no object": answer([]),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_an_ambiguous_request_is_retried_only_if_harmless(server: Server, broken) -> None:
    server.acts.append(broken)
    with pytest.raises(Unreachable, match="MaybeDone"):
        client(server).call("UpdateItem", {}, until=soon(), again=False)
    assert len(server.asked) == 1
    server.acts.append(broken)
    item = {"Item": {"a": {"S": "ü"}}}
    server.acts.append(answer(item))
    assert client(server).call("GetItem", {}, until=soon(), again=True) == item
    assert [asked.connection for asked in server.asked] == [1, 2, 3], (
        "whose state is unknown, it is closed"
    )


def test_an_unreadable_error_is_reported_by_its_status(server: Server) -> None:
    for act in (raw(b"HTTP/1.1 403 No\r\ncontent-length: 6\r\n\r\n<html>"), answer([], 403)):
        server.acts.append(act)
        with pytest.raises(DynamoError, match="403"):
            client(server).call("GetItem", {}, until=soon(), again=True)


def test_an_error_of_theirs_counts_as_perhaps_done(server: Server) -> None:
    server.acts.append(error("InternalServerError", 500))
    with pytest.raises(DynamoError, match="InternalServerError"):
        client(server).call("UpdateItem", {}, until=soon(), again=False)
    server.acts.append(error("InternalServerError", 500))
    assert client(server).call("PutItem", {}, until=soon(), again=True) == {}


def test_throttling_is_waited_out_for_it_did_nothing(server: Server) -> None:
    server.acts += [error("ProvisionedThroughputExceededException"), error("ThrottlingException")]
    assert client(server).call("UpdateItem", {}, until=soon(), again=False) == {}
    assert len(server.asked) == 3


def test_a_refusal_of_dynamodb_is_named_and_not_retried(server: Server) -> None:
    server.acts.append(error("AccessDeniedException"))
    with pytest.raises(DynamoError) as result:
        client(server).call("GetItem", {}, until=soon(), again=True)
    assert result.value.code == "AccessDeniedException"
    assert len(server.asked) == 1


# --- time -----------------------------------------------------------------------------------------


class Stuck:
    """Time and sockets of a world in which each wait takes as long as it may. stage.

    Where it gets stuck.
    """

    def __init__(self, stage: str) -> None:
        self.now, self.stage, self.tries, self.left_open = 0.0, stage, 0, 0
        self.AF_INET = self.SOCK_STREAM = self.IPPROTO_TCP = self.TCP_NODELAY = 0

    def socket(self, *_: object) -> Stuck:
        self.tries += 1
        self.left_open += 1
        return self

    def settimeout(self, seconds: float) -> None:
        self.allowed = seconds

    def _wait(self, stage: str) -> None:
        if stage == self.stage:
            self.now += self.allowed
            raise TimeoutError

    def connect(self, _: object) -> None:
        self._wait("connect")
        self.now += 0.1

    def wrap_socket(self, sock: Stuck, server_hostname: str) -> Stuck:
        self._wait("handshake")
        return sock

    def sendall(self, _: bytes) -> None:
        self._wait("send")
        self.tries += self.stage == "throttled"

    def recv(self, _: int) -> bytes:
        self._wait("receive")
        if self.stage == "drip":
            self.now += min(0.1, self.allowed)
            return b"H"
        body = b'{"__type": "x#ThrottlingException"}'
        self.now += 0.004
        return b"HTTP/1.1 400 No\r\ncontent-length: %d\r\n\r\n" % len(body) + body

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def close(self) -> None:
        self.left_open -= 1

    def setsockopt(self, *_: object) -> None: ...


@pytest.mark.parametrize("stage", ["connect", "handshake", "send", "receive", "drip", "throttled"])
def test_no_call_takes_longer_than_it_is_given(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    world = Stuck(stage)
    monkeypatch.setattr(dynamodb, "socket", world)
    monkeypatch.setattr(dynamodb, "select", SimpleNamespace(select=lambda *_: ([], [], [])))
    clock = SimpleNamespace(
        monotonic=lambda: world.now, sleep=world.sleep, strftime=time.strftime, gmtime=time.gmtime
    )
    monkeypatch.setattr(dynamodb, "time", clock)
    monkeypatch.setattr(dynamodb.Wire, "_trust", lambda _: world)
    endpoint = f"{'https' if stage == 'handshake' else 'http'}://127.0.0.1:1"
    dynamo = Dynamo("eu-central-1", {**KEYS, "AWS_ENDPOINT_URL": endpoint})
    with pytest.raises(Unreachable):
        dynamo.call("PutItem", {}, until=1.0, again=True)
    assert world.now <= 1.0
    assert world.now >= 0.98, "nor does it give up while there is time"
    assert world.tries > 1, "there was time for another try"
    assert world.left_open == (stage == "throttled"), "only a connection that is whole is kept"


def test_a_name_server_that_does_not_answer_is_bounded_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forever = threading.Event()
    monkeypatch.setattr(dynamodb.socket, "getaddrinfo", lambda *_: (forever.wait(60), [])[1])
    try:
        with pytest.raises(TimeoutError):
            dynamodb._resolve("dynamodb.example.com", 443, time.monotonic() + 0.01)
    finally:
        forever.set()


def test_an_address_that_fails_gives_way_to_the_next(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = gone.getsockname()
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 0, "", at)
        for at in (closed, ("127.0.0.1", server.port))
    ]
    monkeypatch.setattr(dynamodb.socket, "getaddrinfo", lambda *_: found)
    dynamo = Dynamo("eu-central-1", {**KEYS, "AWS_ENDPOINT_URL": f"http://localhost:{server.port}"})
    assert dynamo.call("PutItem", {}, until=soon(), again=False) == {}
    server.close_all()
    tried: list[object] = []
    monkeypatch.setattr(dynamodb.time, "sleep", tried.append)
    assert dynamo.call("PutItem", {}, until=soon(), again=False) == {}
    assert tried == [], "the one that answered is kept to"
    server.acts.append(hang_up)
    with pytest.raises(Unreachable):
        dynamo.call("PutItem", {}, until=soon(), again=False)
    assert dynamo.call("PutItem", {}, until=soon(), again=False) == {}
    assert len(tried) == 1, (
        "the one that did not answer gave way, and came back after the other had failed"
    )


# --- whom to trust --------------------------------------------------------------------------------


def test_only_amazons_roots_are_trusted() -> None:
    text = Path(ROOTS).read_text(encoding="ascii")
    found = re.findall("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL)
    assert {hashlib.sha256(ssl.PEM_cert_to_DER_cert(each)).hexdigest() for each in found} == AMAZONS
    assert len(found) == len(AMAZONS)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for localhost that vouches for itself."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]),
    )
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_what_the_system_trusts_is_not_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trusted = dynamodb.Wire(True, "localhost", 443)._trust()
    assert {
        hashlib.sha256(each).hexdigest() for each in trusted.get_ca_certs(binary_form=True)
    } == AMAZONS
    assert trusted.cert_store_stats()["x509"] == len(AMAZONS)


def test_tls_is_spoken_with_whom_a_root_vouches_for(certificate: Path) -> None:
    with Server(str(certificate)) as server:
        dynamo = client(server, roots=str(certificate))
        for _ in range(2):
            assert dynamo.call("GetItem", {}, until=soon(), again=True) == {}
        assert [asked.connection for asked in server.asked] == [1, 1]


def test_no_other_host_is_asked(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamodb, "LAST_SECONDS", 1000.0)
    with Server(str(certificate)) as server:
        with pytest.raises(Unreachable, match="SSLCertVerificationError"):
            client(server).call("GetItem", {}, until=soon(), again=True)
        with pytest.raises(Unreachable, match="SSLCertVerificationError"):
            Dynamo(
                "eu-central-1",
                {**KEYS, "AWS_ENDPOINT_URL": f"https://127.0.0.1:{server.port}"},
                roots=str(certificate),
            ).call("GetItem", {}, until=soon(), again=True)
        assert server.asked == []


@pytest.mark.parametrize(
    "endpoint", ["http://192.0.2.1:8000", "http://dynamodb.example.com", "ftp://localhost"]
)
def test_clear_text_is_for_this_machine_alone(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"TLS|https"):
        Dynamo("eu-central-1", {"AWS_ENDPOINT_URL_DYNAMODB": endpoint})


def test_without_an_endpoint_it_is_the_regions_own() -> None:
    assert Dynamo("eu-central-1", {})._host == "dynamodb.eu-central-1.amazonaws.com"
