"""What a referrer reads beside a field of the portal that is not right."""

from datetime import UTC, datetime

import pytest

from goodword.domain.contact import FREE_MAIL
from goodword.domain.errors import BadInput
from goodword.domain.referrers.referrer import Referrer
from goodword.http.pages.portal import wrong

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("email", "result"),
    [
        ("dana@harbor.example", "Please enter the address of a colleague"),
        (
            f"dana@{min(FREE_MAIL)}",
            "Please ask the person who invited you to enroll you with your company address.",
        ),
    ],
)
def test_an_address_without_a_company_gets_a_remedy(email, result):
    referrer = Referrer("c-1", "cus_1", "Dana", email, AT)
    (sentence,) = wrong(BadInput("no", where="approver"), referrer).values()
    assert result in str(sentence)
