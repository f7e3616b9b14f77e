"""One of every mail, as its step writes it.

A template that is not here fails the tests of mails.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from goodword.domain.contact import Contact
from goodword.domain.credits.credit import Credit, Pending
from goodword.domain.money import Money
from goodword.domain.programs.brand import Brand
from goodword.domain.programs.terms import build_program
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import MilestoneState, Referral
from goodword.messages.notice import NoticeItem, notice_item, offers_of
from goodword.pages.render import Written, render_mail
from tests.credits import altered

AT = datetime(2027, 3, 2, 15, tzinfo=UTC)
TODAY = date(2027, 3, 2)
BRAND = Brand("Clinic Tools", "#1d4f91")
PROGRAM = build_program(
    {
        "program": "peers",
        "name": "Introduce a peer",
        "starts": "2027-01-01",
        "time_zone": "America/New_York",
        "prospect_gets": "The first month free.",
        "targets": ["www.example.com"],
        "default_target": "https://www.example.com/demo",
        "invoice_day": 1,
        "review_days": 10,
        "locales": ["en", "es"],
        "texts": {
            "es": {
                "name": "Preséntenos a alguien de su sector",
                "prospect_gets": "El primer mes gratis.",
                "condition_text": {"demo": "asistan a una demostración", "deal": "sean clientes"},
            }
        },
        "milestones": [
            {
                "milestone": "demo",
                "condition_text": "they attend a demo",
                "pays": ["50.00 USD"],
                "qualifies": {"stage": "demo_attended"},
            },
            {
                "milestone": "deal",
                "condition_text": "they become a customer",
                "pays": ["200.00 USD"],
                "qualifies": {"stage": "won"},
            },
        ],
    }
)
REFERRAL = Referral(
    *("rf_1", "peers", 1, "ana", "cus_1", "form"),
    Contact("Pat Doe", "pat@practice.example"),
    AT - timedelta(days=3),
    datetime(2027, 7, 3, 12, tzinfo=UTC),
)
DEMO = Credit(
    *("cr_1", "peers", 1, "demo", "rf_1", "cus_1", "ana"),
    Money(5000, "USD"),
    Pending(),
    AT,
    AT,
)
DEAL = Credit(
    *("cr_2", "peers", 1, "deal", "rf_1", "cus_1", "ana"),
    Money(20000, "USD"),
    Pending(),
    AT,
    AT,
)


def credit(base: Credit = DEMO, **changes: Any) -> NoticeItem:
    """Return the notice of a credit."""

    item = notice_item(PROGRAM, REFERRAL, [altered(base, **changes)], None, AT, earns="yes")
    assert item is not None
    return item


def referral(**changes: Any) -> NoticeItem:
    """Return the notice of a referral without a credit."""
    from dataclasses import replace

    item = notice_item(PROGRAM, replace(REFERRAL, **changes), [], None, AT, earns="yes")
    assert item is not None
    return item


POSTED = {"status": "posted", "at": datetime(2027, 3, 17, 12, tzinfo=UTC), "transaction": "cbtxn_1"}
UNMET = (MilestoneState("demo", "never", (Reason("already_customer"),)),)
# The notices to a referrer, in the order in which it may happen, with its first sentence.
NOTICE_KINDS: dict[str, tuple[NoticeItem, str, str]] = {
    "introduced": (referral(), "We have your introduction.", "Hemos recibido su recomendación."),
    "checking": (
        credit(status="held", since=AT),
        "We're checking one detail; you'll hear by March 12.",
        "Estamos comprobando un detalle; tendrá noticias a más tardar el 12 de marzo.",
    ),
    "qualified": (
        credit(due_at=datetime(2027, 3, 17, 12, tzinfo=UTC)),
        "Qualified: 50.00 USD posts on March 17.",
        "Cumple las condiciones: 50,00 USD se abonan el 17 de marzo.",
    ),
    "posted": (
        credit(**POSTED),
        "50.00 USD comes off your next invoice, expected April 1.",
        "Se descontarán 50,00 USD de su próxima factura, prevista para el 1 de abril.",
    ),
    "used": (
        credit(**POSTED, applied_minor=5000, applied_on="1042"),
        "50.00 USD came off invoice 1042.",
        "",
    ),
    "over_limit": (
        credit(
            status="over_limit",
            reason=Reason("account_limit_reached", {"amount": Money(50000, "USD")}),
        ),
        "Qualified; your account reached this year's limit.",
        "Cumple las condiciones, pero su cuenta alcanzó el límite de este año.",
    ),
    "unmet": (
        referral(open=False, closed_because=Reason("all_milestones_decided"), milestones=UNMET),
        "This one didn't meet the terms.",
        "Esta recomendación no cumplió las condiciones.",
    ),
    "late": (
        referral(open=False, closed_because=Reason("closed_time_over", {"count": 120})),
        "No demo by July 3, so this closed.",
        "El plazo terminó el 3 de julio sin demostración, así que esta recomendación se cerró.",
    ),
    "taken_back": (
        credit(DEAL, status="reversed", cause="refund"),
        "200.00 USD was taken back after a refund.",
        "Se revirtieron 200,00 USD tras un reembolso.",
    ),
}
URL = "https://refer.example.com"
_STOP = f"{URL}/unsubscribe/token"
VALUES: dict[str, dict[str, Any]] = {
    "invitation": {
        "unsubscribe": _STOP,
        "name": "Ana",
        "program": PROGRAM.localized("name"),
        "offers": offers_of(PROGRAM),
        "prospect_gets": PROGRAM.localized("prospect_gets"),
        "link": f"{URL}/i/token",
        "until": date(2027, 4, 1),
    },
    "sign_off": {
        "unsubscribe": _STOP,
        "name": "Ana",
        "company": "Clinic",
        "program": PROGRAM.localized("name"),
        "offers": offers_of(PROGRAM),
        "link": f"{URL}/sign-off/token",
        "until": date(2027, 3, 16),
    },
    "sign_in": {"unsubscribe": "", "name": "Ana", "link": f"{URL}/enter/token", "minutes": 30},
    "staff_sign_in": {"unsubscribe": "", "link": f"{URL}/enter/token", "minutes": 15},
    "notice": {
        "unsubscribe": _STOP,
        "name": "Ana",
        "items": [item for item, _, _ in NOTICE_KINDS.values()],
        "portal": f"{URL}/portal",
    },
}


def letter(template: str, locale: str, **changes: Any) -> Written:
    """Render one mail."""
    return render_mail(
        template, locale=locale, brand=BRAND, today=TODAY, **{**VALUES[template], **changes}
    )
