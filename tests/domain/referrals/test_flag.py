"""Flags: each has its reason, and nothing but its reason raises it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from goodword.domain.contact import Contact
from goodword.domain.programs.criterion import Evidence
from goodword.domain.referrals.evidence import Sale
from goodword.domain.referrals.flag import DEAL_LEAD, Signs, flags_for, open_deal
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.stage import Progress, StageRun
from tests.vocabulary import check_record

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
PAT = Contact("Pat", "pat@practice.example")
ANA = Referrer("ana", "cus_1", "Ana", "ana@referrer.example", AT)
NOTHING = Signs()


def names(contact, signs=NOTHING, referrer=ANA):
    return [each.code for each in flags_for(contact, referrer, signs)]


@pytest.mark.parametrize(
    ("prospect", "referrer", "flag"),
    [
        ("pat@practice.example", "ana@referrer.example", None),
        ("ana@referrer.example", "Ana@referrer.example", "self_referral"),
        ("ana+new@referrer.example", "ana@referrer.example", "self_referral"),
        ("a.n.a@gmail.com", "ana@googlemail.com", "self_referral"),
        ("ana@pm.me", "a.na@protonmail.com", "self_referral"),
        ("max@referrer.example", "ana@Referrer.example", "same_company"),
        ("max@gmail.com", "ana@gmail.com", None),
    ],
)
def test_a_referral_of_oneself_or_within_the_company_is_flagged(prospect, referrer, flag):
    found = names(replace(PAT, email=prospect), referrer=replace(ANA, email=referrer))
    assert found == ([flag] if flag else [])


def test_an_internal_link_is_for_colleagues_and_not_oneself():
    internal_only = Signs(internal_only=True)
    assert names(replace(PAT, email="max@referrer.example"), internal_only) == []
    assert names(replace(PAT, email="ana+1@referrer.example"), internal_only) == ["self_referral"]


@pytest.mark.parametrize(
    ("signs", "flag"),
    [
        (Signs(same_mailbox=True), "same_person"),
        (Signs(same_phone=True), "same_phone"),
        (Signs(enrolled=True), "existing_referrer"),
        (Signs(disposable=True), "disposable"),
        (Signs(of_day=21), "velocity"),
        (Signs(of_click=4), "burst"),
        (Signs(of_day=20, of_click=3), None),
        (Signs(of_link=11), "unclicked"),
        (Signs(of_link=11, clicks=10), "unclicked"),
        (Signs(of_link=11, clicks=11), None),
        (Signs(of_link=50, clicks=4_000), None),
        (Signs(of_link=10), None),
    ],
)
def test_each_sign_raises_its_own_flag(signs, flag):
    assert names(PAT, signs) == ([flag] if flag else [])


def test_all_reasons_are_named_and_none_twice():
    every = Signs(False, True, True, True, True, 99, 99, 99)
    assert names(replace(PAT, email="ana@referrer.example"), every) == [
        *(
            "self_referral",
            "same_person",
            "same_phone",
            "disposable",
            "velocity",
            "burst",
            "unclicked",
        ),
    ]


def test_a_flag_says_how_many_and_nothing_of_whose_data():
    every = flags_for(PAT, ANA, Signs(False, True, True, True, True, 99, 99, 99))
    check_record(every)
    assert {each.code: dict(each.args) for each in every if each.args} == {
        "velocity": {"count": 20},
        "burst": {"count": 3},
        "unclicked": {"count": 10},
    }


def progress(*times):
    return Progress(tuple(StageRun("contacted", at) for at in times))


@pytest.mark.parametrize(
    ("own", "deals", "raised"),
    [
        ((), (), False),
        ((), (AT,), False),
        ((), (AT - DEAL_LEAD,), False),
        ((), (AT - DEAL_LEAD - timedelta(microseconds=1),), True),
        ((), (AT - timedelta(days=30), AT), True),
        ((AT - timedelta(days=3),), (AT,), True),
    ],
)
def test_a_sale_from_days_before_is_an_open_deal(own, deals, raised):
    evidence = Evidence(AT, AT, progress=progress(*own))
    flag = open_deal(Sale(evidence, {"77": replace(evidence, progress=progress(*deals))}), AT)
    check_record(flag)
    assert (flag is not None) is raised
