"""Every code and kind has a text for each audience and language, without an internal name."""

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import get_args

import pytest

from goodword.domain.credits import audit, credit_reason, posting
from goodword.domain.crm_copy import delivery
from goodword.domain.event import Event
from goodword.domain.locale import LOCALES
from goodword.domain.mails import mail
from goodword.domain.money import Money
from goodword.domain.programs import criterion as qualifier
from goodword.domain.programs import limit, program
from goodword.domain.programs.criterion import Answer
from goodword.domain.reason import Reason, fits
from goodword.domain.referrals import flag, referral
from goodword.domain.referrals.referral import SOURCES
from goodword.domain.stage import STAGES
from goodword.messages.events import TEXTS as EVENT_TEXTS
from goodword.messages.events import event_sentence
from goodword.messages.labels import ATTRIBUTES, FIELDS, LABELS, label
from goodword.messages.reasons import TEXTS as REASON_TEXTS
from goodword.messages.reasons import reason_sentence, reasons_sentence
from goodword.messages.sentence import Sentence
from goodword.messages.vocabulary import EVENTS, REASONS, Audience
from goodword.pages.render import render_sentence
from infra.local.texts import catalogue
from tests.tidy.project import ROOT

TODAY = date(2027, 3, 1)
# One argument of each kind; what is a name of ours or an id looks like one.
SAMPLES = {
    "amount": Money(5000, "USD"),
    "currency": "EUR",
    "day": date(2027, 3, 17),
    "time": datetime(2027, 3, 17, 9, tzinfo=UTC),
    "count": 3,
    "stage": "demo_attended",
    "milestone": "first_deal",
    "attribute": "company_size",
    "field": ("email", "phone"),
    "status": "not_met",
    "text": "duplicate: see ticket 4411; ask Ana",
    "invoice": "1042",
    "id": "cr_abc",
    "reason": Reason("deal_at_stage", {"stage": "demo_attended"}),
    "reasons": (Reason("contact_missing", {"field": "email"}), Reason("same_phone")),
}
NOT_FOR_PEOPLE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b(?:cr|rf|cus|in|cbtxn)_\w+|%\(|[{}]")
VOCABULARIES = (
    audit.DIFFERENCES,
    credit_reason.CREDIT_EVENTS,
    credit_reason.CREDIT_REASONS,
    credit_reason.HOLDS,
    delivery.DELIVERY_OUTCOMES,
    flag.FLAGS,
    limit.LIMITS_REACHED,
    mail.MAIL_REASONS,
    posting.SEND_REFUSALS,
    program.PROGRAM_STATES,
    qualifier.CRITERION_REASONS,
    referral.CLOSINGS,
    referral.DUPLICATES,
    referral.REFERRAL_EVENTS,
    referral.REFUSALS,
)
SAID = [
    *(
        (Reason(code, {name: SAMPLES[kind] for name, kind in args.items()}))
        for code, args in REASONS.items()
    ),
    *(
        (Event(code, {name: SAMPLES[kind] for name, kind in args.items()}))
        for code, args in EVENTS.items()
    ),
]


def name_of(value: Reason | Event) -> str:
    return value.code if isinstance(value, Reason) else value.kind


def sentence_of(value: Reason | Event, audience) -> Sentence:
    return (
        reason_sentence(value, audience)
        if isinstance(value, Reason)
        else event_sentence(value, audience)
    )


def texts_of(sentence: Sentence) -> list[str]:
    """Return the message ids of a sentence and of those within it.

    A sequence of sentences has no id of its own.
    """
    inner = [
        text
        for each in sentence.values.values()
        if isinstance(each, Sentence)
        for text in texts_of(each)
    ]
    return [sentence.text, *inner] if re.sub(r"%\(\w+\)s|\W", "", sentence.text) else inner


@cache
def translated(locale: str) -> frozenset[str]:
    return frozenset(message.id for message in catalogue(ROOT, locale) if message.string)


def test_each_kind_has_a_sample_that_fits():
    assert [kind for kind, value in SAMPLES.items() if not fits(kind, value)] == []


def test_no_code_is_declared_twice():
    assert sum(len(each) for each in VOCABULARIES) == len(REASONS) + len(EVENTS)


def test_each_code_has_its_text_and_no_other():
    assert set(REASON_TEXTS) == set(REASONS)
    assert set(EVENT_TEXTS) == set(EVENTS)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("audience", get_args(Audience))
@pytest.mark.parametrize("value", SAID, ids=name_of)
def test_each_is_said_without_a_name_of_ours(value, audience, locale):
    said = render_sentence(sentence_of(value, audience), locale, TODAY)
    assert said.strip()
    assert NOT_FOR_PEOPLE.findall(said) == []
    if locale != "en":
        assert set(texts_of(sentence_of(value, audience))) - translated(locale) == set()


@pytest.mark.parametrize("value", SAID, ids=name_of)
def test_a_referrer_reads_nothing_of_the_sale(value):
    said = str(sentence_of(value, "referrer"))
    assert [each for each in ("demo attended", "Stripe", "HTTP", "4411") if each in said] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_our_own_names_have_labels_in_each_language(locale):
    named = {
        "stage": STAGES,
        "field": FIELDS,
        "attribute": ATTRIBUTES,
        "status": (*Answer.__args__, *SOURCES),
    }
    for kind, names in named.items():
        assert set(names) <= set(LABELS[kind])
    said = [
        render_sentence(label(kind, name), locale, TODAY)
        for kind, table in LABELS.items()
        for name in table
    ]
    assert [each for each in said if "_" in each or not each] == []


def test_a_milestone_that_the_file_named_goes_without_underscores():
    assert str(label("milestone", "first_deal")) == "first deal"


@pytest.mark.parametrize("locale", LOCALES)
def test_what_a_person_typed_is_said_as_typed(locale):
    typed = "duplicate: see ticket 4411; ask Ana"
    said = render_sentence(
        reason_sentence(Reason("decided_by_person", {"typed": typed})), locale, TODAY
    )
    assert said.endswith(typed)
    value = Reason("attribute_is", {"attribute": "segment", "value": "a; b: c"})
    assert render_sentence(reason_sentence(value), locale, TODAY).endswith("a; b: c")


def test_reasons_that_read_alike_are_said_once():
    twice = (Reason("same_phone"), Reason("disposable"))
    assert str(reasons_sentence(twice, "referrer")) == "we are checking one detail"
    assert len(str(reasons_sentence(twice)).split("; ")) == 2
