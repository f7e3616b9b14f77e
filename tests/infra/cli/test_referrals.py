"""goodword referrals: enter one, and show the timeline of one over all its pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.cli.service import Command, Service, answer

AT = "2027-03-01T12:00:00.000000Z"
MADE = {
    "referral": "rf_1",
    "version": 2,
    "program": "peers",
    "flags": [],
    "new": True,
    "reason": None,
}
WHO = (
    "--referrer",
    "amy",
    "--program",
    "peers",
    "--name",
    "Robin Prospect",
    "--email",
    "robin@example.org",
)


def entry(sentence: str) -> dict[str, object]:
    return {"at": AT, "kind": "made", "sentence": sentence, "actor": "goodword", "data": {}}


def story(**other: object) -> dict[str, Any]:
    prospect = {
        "name": "Robin Prospect",
        "email": "robin@example.org",
        "phone": "",
        "company": "",
        "said": {"segment": "a"},
    }
    milestone = {
        "milestone": "demo",
        "answer": "not_yet",
        "reasons": [
            {"code": "stage_is", "args": {"stage": "new"}, "sentence": "the sale is at “new”"}
        ],
        "for_referrer": "50.00 USD is yours once they attend a demo.",
        "for_rep": "demo: Not yet: stage is new.",
        "for_finance": "Nothing is owed for demo yet; 50.00 USD would be.",
        "credit": None,
        "by": None,
    }
    fact = {
        "object": "crm:deal:77",
        "property": "stage",
        "attribute": "stage",
        "value": "won",
        "raw": "closed",
    }
    outcome = {
        **MADE,
        "referrer": "amy",
        "account": "cus_1",
        "source": "verbal",
        "link": "",
        "prospect": prospect,
        "created_at": AT,
        "deadline": AT,
        "stage": "new",
        "open": True,
        "closed_because": None,
        "attestation": "",
        "first_contact": "Amy Example gave us your name on 2027-03-01.",
        "milestones": [milestone],
        "facts": [{**fact, "version": AT, "mapping": 1}],
        "timeline": [entry("It was made.")],
        "next": None,
    }
    return {**outcome, **other}


def test_a_referral_is_entered_with_what_was_said(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **MADE))
    result = goodword("referrals", "enter", *WHO, "--source", "verbal", "--company-size", "12")
    assert (result.exit_code, result.stdout) == (0, "rf_1 is made under version 2 of peers.\n")
    assert service.lines == ["POST /v1/referrals"]
    assert service.body() == {
        "referrer": "amy",
        "program": "peers",
        "source": "verbal",
        "name": "Robin Prospect",
        "email": "robin@example.org",
        "company_size": 12,
    }


def test_a_later_try_says_why_it_made_none(goodword: Command, service: Service) -> None:
    flags = [{"code": "self_referral", "args": {}, "sentence": "the address is the referrer's own"}]
    reason = {"code": "same_referral_again", "args": {}, "sentence": "an earlier one keeps it"}
    service.respond(answer(200, **{**MADE, "new": False, "reason": reason, "flags": flags}))
    shown = goodword(
        "referrals", "enter", *WHO, "--source", "form", "--attestation", "I may."
    ).stdout
    assert shown.splitlines() == [
        "rf_1 exists already: an earlier one keeps it.",
        "For a person to look at: the address is the referrer's own.",
    ]
    assert service.body()["attestation"] == "I may."


@pytest.mark.parametrize("source", ["link", "rumour"])
def test_a_referral_by_link_cannot_be_entered(
    goodword: Command, service: Service, source: str
) -> None:
    assert goodword("referrals", "enter", *WHO, "--source", source).exit_code == 2
    assert service.asked == []


def test_a_referral_shows_verdicts_facts_and_its_whole_timeline(
    goodword: Command, service: Service
) -> None:
    service.respond(
        answer(**story(next="two")), answer(**story(timeline=[entry("The sale is at stage won.")]))
    )
    shown = goodword("referrals", "show", "rf_1").stdout
    assert service.lines == ["GET /v1/referrals/rf_1", "GET /v1/referrals/rf_1?after=two"]
    for text in (
        "peers, version 2",
        "segment: a",
        "to the referrer  50.00 USD is yours once they attend a demo.",
        "to the rep       demo: Not yet: stage is new.",
        "to finance       Nothing is owed for demo yet; 50.00 USD would be.",
        "demo: not yet\n",
        "crm:deal:77",
        "It was made.",
        "The sale is at stage won.",
        "Amy Example gave us your name",
    ):
        assert text in shown


def test_a_closed_referral_says_why_and_which_credit_it_earned(
    goodword: Command, service: Service
) -> None:
    milestone = {**story()["milestones"][0], "answer": "met", "credit": "cr_1_demo"}
    because = {
        "code": "all_milestones_decided",
        "args": {},
        "sentence": "every milestone is decided",
    }
    closed = story(open=False, closed_because=because, milestones=[milestone], facts=[])
    service.respond(answer(**closed))
    shown = goodword("referrals", "show", "rf_1").stdout
    assert "every milestone is decided" in shown
    assert "demo: met, credit cr_1_demo" in shown
    assert "Facts: none" in shown


def test_enter_and_show_print_raw_json(goodword: Command, service: Service) -> None:
    service.respond(answer(201, **MADE), answer(**story()))
    assert goodword.json("referrals", "enter", *WHO, "--source", "crm") == MADE
    assert goodword.json("referrals", "show", "rf_1") == story()
