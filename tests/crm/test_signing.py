"""Keys, comparison and age."""

from datetime import UTC, datetime

import pytest

from goodword.crm.signing import check_age, header, require_match, secrets_of, sign
from goodword.domain.errors import Forged, NotReady
from goodword.ports.services import SecretPair, WebhookRequest

NOW = datetime(2026, 3, 1, 9, 30, 0, 700_000, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


def request(**headers):
    return WebhookRequest("POST", "https://example.com/", headers, b"")


def test_an_empty_secret_is_not_ready():
    with pytest.raises(NotReady):
        secrets_of(SecretPair("", "previous"))


def test_an_empty_previous_secret_is_no_secret():
    assert secrets_of(SecretPair("current", "")) == ("current",)


def test_both_secrets_hold_while_one_is_replaced():
    assert secrets_of(SecretPair("current", "previous")) == ("current", "previous")


@pytest.mark.parametrize("headers", [{}, {"x": ""}])
def test_a_missing_or_empty_header_is_forged(headers):
    with pytest.raises(Forged):
        header(request(**headers), "x")


def test_a_match_at_any_place_of_either_list_holds():
    require_match(["no", "yes"], [b"nor", b"yes"], where="x")


@pytest.mark.parametrize("given", [[], ["YES"], ["yes "], ["yés"], ["\ud800"], ["ye"]])
def test_anything_else_does_not_match(given):
    with pytest.raises(Forged):
        require_match(given, [b"yes"], where="x")


def test_the_known_answer_of_hmac_sha256_is_reproduced():
    # RFC 4231, test case 2.
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign(b"Jefe", b"what do ya want ", b"for nothing?").hex() == expected


@pytest.mark.parametrize("seconds", [0, -300, 300])
def test_a_request_within_five_minutes_on_either_side_is_taken(seconds):
    check_age(str(SECONDS + seconds), NOW, where="t")


@pytest.mark.parametrize("seconds", [-301, 301, 315_360_000, -SECONDS])
def test_a_request_too_far_in_time_is_refused(seconds):
    with pytest.raises(Forged):
        check_age(str(SECONDS + seconds), NOW, where="t")


@pytest.mark.parametrize("milliseconds", [-300_000, 300_000])
def test_milliseconds_are_reported_from_seconds(milliseconds):
    check_age(str(SECONDS * 1000 + milliseconds), NOW, ticks_per_second=1000, where="t")
    with pytest.raises(Forged):
        check_age(str(SECONDS * 1000 + milliseconds * 2), NOW, ticks_per_second=1000, where="t")


@pytest.mark.parametrize(
    "stamp", ["nan", "inf", "1e9", "-1", "", " 1", "1\n", "1_0", "٣", "9" * 5000, f"{SECONDS}.0"]
)
def test_a_time_that_is_not_whole_digits_is_refused(stamp):
    with pytest.raises(Forged):
        check_age(stamp, NOW, where="t")
