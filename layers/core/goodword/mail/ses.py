"""Send letters through SES, and return the outcome of each.

Source: the SES API reference v2, "SendEmail". boto3's own retries are off: a retry after a lost
answer could send the mail a second time.
"""

from __future__ import annotations

import logging
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

from goodword.domain.mails.mail import Letter, Sending
from goodword.domain.reason import Reason

log = logging.getLogger(__name__)

# Errors after which SES may take the mail, once the cause is fixed or the rate is lower.
_LATER: Final = frozenset(
    (
        "TooManyRequestsException",
        "ThrottlingException",
        "Throttling",
        "LimitExceededException",
        "SendingPausedException",
        "AccountSuspendedException",
        "MailFromDomainNotVerifiedException",
        "NotFoundException",
        "ConfigurationSetDoesNotExistException",
        "AccessDeniedException",
        "ExpiredTokenException",
        "UnrecognizedClientException",
    )
)
_SERVER_ERROR = 500


class SesMailer:
    """Sends from one verified address.

    client: a boto3 sesv2 client with explicit time-outs that makes one attempt. configuration_set:
    the one that reports bounces and complaints.
    """

    def __init__(self, client: Any, sender_address: str, configuration_set: str) -> None:
        self._client = client
        self._sender = sender_address
        self._configuration_set = configuration_set

    def send(self, letter: Letter) -> Sending:
        """Pass the letter to SES once; return every outcome, and raise none."""
        try:
            answer = self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [letter.to]},
                Content={"Raw": {"Data": raw(letter, self._sender)}},
                ConfigurationSetName=self._configuration_set,
            )
        except ClientError as error:
            return _logged(_refusal(error))
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            return _logged(
                Sending("later", why=_why("not_taken", type(error).__name__))
            )  # SES was not reached
        except BotoCoreError as error:
            return _logged(Sending("unknown", why=_why("outcome_unknown", type(error).__name__)))
        return Sending("sent", message=str(answer["MessageId"]))


def _logged(sending: Sending) -> Sending:
    code = "" if sending.why is None else sending.why.args["code"]
    log.warning("a mail was not sent (%s): %s", sending.kind, code)
    return sending


def _refusal(error: ClientError) -> Sending:
    """Return the outcome of SES's error by its code, since its message may quote an address."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _LATER:
        return Sending("later", why=_why("not_taken", code))
    if status >= _SERVER_ERROR:
        return Sending("unknown", why=_why("outcome_unknown", code))
    return Sending("refused", why=_why("refused_by_ses", code))


def _why(reason: str, code: str) -> Reason:
    return Reason(reason, {"code": code})


def raw(letter: Letter, sender: str) -> bytes:
    """Write the letter as a message: plain text first, then HTML.

    With the headers of one-click unsubscribe (RFC 8058).
    """
    message = EmailMessage(policy=SMTP)
    local, _, domain = sender.rpartition("@")
    message["From"] = Address(_one_line(letter.sender_name), local, domain)
    message["To"] = letter.to
    message["Subject"] = _one_line(letter.subject)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: prevents out-of-office replies
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _one_line(text: str) -> str:
    """Return a text as one line for a header, also if a name has line breaks."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
