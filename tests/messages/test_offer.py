"""The offer is one sentence, and share texts disclose the credit."""

from dataclasses import replace

import pytest

from goodword.domain.money import Money
from goodword.messages.offer import (
    WAYS,
    WAYS_INSIDE,
    describe_terms,
    offer,
    offer_without_credit,
    share_text,
)
from tests.steps.world import World
from tests.world import DEAL, DEMO

URL = "https://refer.example.com/r/abc"
WON = {**DEAL, "milestone": "won", "condition_text": "they stay a year"}


@pytest.fixture
def world():
    return World()


def said(parts):
    return "\n".join(" ".join(str(each) for each in paragraph) for paragraph in parts.paragraphs)


@pytest.mark.parametrize(
    ("milestones", "sentence"),
    [
        ([DEMO], "Introduce a peer: 50.00 USD off your bill once they attend a demo."),
        (
            [DEMO, DEAL],
            "Introduce a peer: 50.00 USD off your bill once they attend a demo, "
            "and 200.00 USD once they become a customer.",
        ),
        ([DEMO, DEAL, WON], "Introduce a peer: up to 450.00 USD off your bill, step by step."),
    ],
)
def test_the_offer_names_what_each_step_brings(world, milestones, sentence):
    assert str(offer(world.program(*milestones), "USD")) == sentence


def test_the_amount_is_in_the_accounts_currency_or_the_first(world):
    program = world.program({**DEMO, "pays": ["50.00 USD", "45.00 EUR"]})
    assert "45.00 EUR" in str(offer(program, "EUR"))
    assert "50.00 USD" in str(offer(program, ""))
    assert "50.00 USD" in str(offer(program, "CHF"))


def test_whose_account_earns_nothing_is_promised_nothing(world):
    program = world.program(brand={"name": "Peers"})
    assert str(offer_without_credit(program)) == "Introduce a peer to Peers."


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("internal_only", [True, False])
def test_every_text_holds_the_link_and_discloses_the_credit(world, way, internal_only):
    program, referrer = world.program(), world.referrer()
    result = said(share_text(program, referrer, URL, way, internal_only=internal_only))
    assert URL in result
    assert "we may get a credit on our bill" in result


def test_who_earns_nothing_says_so(world):
    program, referrer = world.program(), world.referrer(earns="no")
    result = said(share_text(program, referrer, URL, "mail", internal_only=False))
    assert "we get nothing for it" in result
    assert "may get a credit" not in result


def test_internal_share_texts_skip_public_networks_and_address_colleagues(world):
    program, referrer = world.program(), world.referrer()
    assert "linkedin" not in WAYS_INSIDE
    parts = share_text(program, referrer, URL, "mail", internal_only=True)
    assert "Hello colleagues" in said(parts)
    assert str(parts.subject).endswith("for our colleagues")


def test_a_program_that_says_why_says_it_in_the_mail(world):
    program, referrer = world.program(pitch="It saves two hours a day."), world.referrer()
    assert "It saves two hours a day." in said(
        share_text(program, referrer, URL, "mail", internal_only=False)
    )
    assert "It saves two hours a day." in said(
        share_text(program, referrer, URL, "linkedin", internal_only=False)
    )


def read_back(program, *milestones, posting="automatic"):
    (one,) = program.milestones
    made = tuple(replace(one, **each) for each in milestones) or program.milestones
    return describe_terms(replace(program, milestones=made, posting=posting))


def test_the_offer_is_one_sentence(program):
    assert read_back(program) == (
        "Introduce a peer and your account gets 50.00 USD or 45.00 EUR once they attend a demo; "
        "it posts at once as a credit on the next Stripe invoice."
    )


def test_the_offer_names_every_milestone(program):
    usd = (Money(5000, "USD"),)
    said = read_back(
        program,
        {"pays": usd},
        {"pays": usd, "condition_text": "they buy"},
        {"pays": usd, "condition_text": "they stay"},
    )
    assert (
        "50.00 USD once they attend a demo, 50.00 USD once they buy, and 50.00 USD once they stay"
        in said
    )
    assert "each posts at once" in said


def test_the_offer_says_how_long_a_credit_rests(program):
    assert "it posts after 5 days" in read_back(program, {"hold_days": 5})
    assert "each posts after 5 or 9 days" in read_back(program, {"hold_days": 9}, {"hold_days": 5})


def test_the_offer_says_that_a_person_approves(program):
    assert "it posts after a person approved it" in read_back(program, posting="approve")
