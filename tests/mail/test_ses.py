"""A letter reaches SES as one message of two parts; what SES says is known for what it is."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from moto import mock_aws

from goodword.domain.mails.mail import Letter
from goodword.mail.ses import SesMailer, raw
from tests.vocabulary import check_record

LETTER = Letter(
    "ana@referrer.example",
    "Müller & Co",
    "50,00 USD sind Ihre — «ja»",
    "<p>Hóla</p>",
    "Hóla\n",
    "https://refer.example.com/unsubscribe/abc",
)
SENDER = "hello@example.com"


def message(letter: Letter = LETTER) -> EmailMessage:
    read = message_from_bytes(raw(letter, SENDER), policy=default)
    assert isinstance(read, EmailMessage)
    return read


class Client:
    """An SES that answers every call with this error."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.calls: list[dict[str, Any]] = []

    def send_email(self, **call: Any) -> None:
        self.calls.append(call)
        raise self.error


def outcome_of(error: Exception) -> str:
    client = Client(error)
    sending = SesMailer(client, SENDER, "goodword").send(LETTER)
    assert len(client.calls) == 1
    assert "referrer.example" not in repr(sending.why)
    check_record(sending)
    return sending.kind


def error(code: str, status: int = 400) -> ClientError:
    result: Any = {
        "Error": {"Code": code, "Message": "ana@referrer.example is not verified"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(result, "SendEmail")


def test_a_message_has_a_plain_part_before_the_html_one() -> None:
    plain, html = message().iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().strip() == "Hóla"
    assert html.get_content().strip() == "<p>Hóla</p>"


def test_a_message_names_its_sender_and_is_marked_as_automatic() -> None:
    read = message()
    assert read["From"].addresses[0].display_name == "Müller & Co"
    assert read["From"].addresses[0].addr_spec == SENDER
    assert read["Subject"] == LETTER.subject
    assert read["Auto-Submitted"] == "auto-generated"


def test_one_click_unsubscribes_where_there_is_something_to_unsubscribe_from() -> None:
    assert message()["List-Unsubscribe"] == f"<{LETTER.unsubscribe}>"
    assert message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    alone = message(Letter("a@example.com", "B", "C", "<p>d</p>", "d"))
    assert alone["List-Unsubscribe"] is None
    assert alone["List-Unsubscribe-Post"] is None


def test_a_long_link_stays_whole() -> None:
    link = f"https://refer.example.com/unsubscribe/{'a' * 300}"
    assert (
        message(Letter("a@example.com", "B", "C", "", "", link))["List-Unsubscribe"] == f"<{link}>"
    )


@pytest.mark.parametrize(
    "text", ["Ana\r\nBcc: eve@example.org", "Ana\nX", "\x00Ana\x1b", "a" * 300]
)
def test_a_name_adds_no_header(text: str) -> None:
    read = message(Letter("a@example.com", text, text, "<p>d</p>", "d"))
    assert read["Bcc"] is None
    assert "\n" not in str(read["Subject"])
    assert read["From"].addresses[0].addr_spec == SENDER


def test_ses_takes_a_letter_and_gives_it_an_id() -> None:
    with mock_aws():
        client = boto3.client("sesv2", region_name="eu-central-1")
        boto3.client("ses", region_name="eu-central-1").verify_email_identity(EmailAddress=SENDER)
        sending = SesMailer(client, SENDER, "goodword").send(LETTER)
    assert sending.kind == "sent"
    assert sending.message


@pytest.mark.parametrize(
    "code", ["TooManyRequestsException", "SendingPausedException", "AccessDeniedException"]
)
def test_fixable_errors_are_retried_later(code: str) -> None:
    assert outcome_of(error(code)) == "later"


@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException"])
def test_what_ses_will_never_take_is_refused(code: str) -> None:
    assert outcome_of(error(code)) == "refused"


def test_a_mail_that_was_certainly_not_sent_is_retried_later() -> None:
    assert outcome_of(EndpointConnectionError(endpoint_url="https://example.com")) == "later"
    assert outcome_of(ConnectTimeoutError(endpoint_url="https://example.com")) == "later"


def test_an_unclear_ses_result_is_lost() -> None:
    assert outcome_of(ReadTimeoutError(endpoint_url="https://example.com")) == "unknown"
    assert outcome_of(error("InternalServiceErrorException", 500)) == "unknown"
