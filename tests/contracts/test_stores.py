"""One contract for the stores.

What is promised in goodword.ports holds in memory and in DynamoDB alike.
"""

from dataclasses import MISSING, fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pynamodb.exceptions import TransactWriteError

from goodword.domain.access.api_key import AccessKey
from goodword.domain.access.idempotency import Request
from goodword.domain.access.staff import Staff
from goodword.domain.access.token import Token
from goodword.domain.contact import Contact
from goodword.domain.credits.audit import Audit, Difference
from goodword.domain.credits.credit import (
    STATUSES,
    Attempt,
    Canceled,
    Credit,
    Held,
    Mark,
    OverLimit,
    Pending,
    Posted,
    Reversed,
    Reverses,
    Sending,
)
from goodword.domain.credits.ledger import LedgerEntry
from goodword.domain.crm_copy.connection import Connection, PropertyMapping
from goodword.domain.crm_copy.delivery import Delivery, Unmatched
from goodword.domain.crm_copy.fact import Change, CrmEvent, Fact, ObjectRef
from goodword.domain.errors import Contended, Failed
from goodword.domain.event import Event
from goodword.domain.identity import Identity
from goodword.domain.links.link import Link
from goodword.domain.mails.mail import Mail
from goodword.domain.money import Money
from goodword.domain.programs.terms import build_program
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import COMPANY_OR_DEAL_TAKEN, MilestoneState, Referral
from goodword.domain.referrals.search_term import SearchTerm
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.domain.timeline import Entry, entry_for
from goodword.ports.writes import Check, Increment, Insert, Put, Release, Remove, Reserve, Update
from tests.credits import altered

AT = datetime(2027, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEAL = ObjectRef("hubspot", "deal", "77")
COMPANY = ObjectRef("hubspot", "company", "9/ü")

DOCUMENT = {
    "program": "peers",
    "name": "Introduce a peer · 紹介",
    "starts": "2026-01-01",
    "time_zone": "Asia/Tokyo",
    "region": "JP",
    "prospect_gets": "An hour with a specialist.",
    "targets": ["WWW.example.com", "example.com"],
    "default_target": "https://www.example.com/welcome",
    "posting": "approve",
    "on_applied_credit": "reverse",
    "attribution_days": 30,
    "closes_after_days": 200,
    "review_days": 7,
    "approve_above": ["9.00 USD"],
    "deal_grace_days": 9,
    "reversal_grace_days": 8,
    "pause": {"from": "2027-02-01", "until": "2027-02-15", "in_flight": "wait"},
    "ends": {"on": "2028-01-01", "in_flight": "close"},
    "limits": {
        "account_year": ["500.00 USD", "70000 JPY"],
        "budget": {"amounts": ["20000.00 USD"], "period": "quarter"},
    },
    "brand": {"name": "Peers", "color": "#123456", "logo": "data:image/png;base64,AAAA"},
    "pitch": "It saves time.",
    "thank_you_note": "Sam calls within a day.",
    "form_fields": ["name", "email", "segment"],
    "terms_url": "https://www.example.com/terms",
    "invoice_day": 1,
    "sign_off": ["enterprise"],
    "stories": True,
    "locales": ["en", "es"],
    "texts": {
        "es": {
            "name": "Recomiende",
            "prospect_gets": "Un mes gratis.",
            "pitch": "Ahorra tiempo.",
            "thank_you_note": "Sam llama en un día.",
            "condition_text": {"demo": "asistan"},
        }
    },
    "milestones": [
        {
            "milestone": "demo",
            "condition_text": "they attend a demo",
            "pays": ["50.00 USD", "7000 JPY"],
            "qualifies": {
                "all": [
                    {"contact": ["name", "email"]},
                    {"any": [{"segment": ["private_practice"]}, {"not": {"region": ["US"]}}]},
                    {"company_size": {"at_least": 2, "at_most": 20}},
                    {"stage": "won", "within_days": 180},
                    {"minimum_value": ["100.00 USD"]},
                    {"new_customer": True},
                ]
            },
            "taken_back_on": ["refunded"],
            "hold_days": 5,
        }
    ],
}
PROGRAM = replace(build_program(DOCUMENT), version=3, source="program: peers  # ü\n", applied_at=AT)
CONNECTION = Connection(
    connection="hubspot",
    version=4,
    kind="standard",
    programs=("peers", "others"),
    properties={
        "deal.dealstage": PropertyMapping("stage", {"closedwon": "won", "d·1": "demo_attended"}),
        "company.size": PropertyMapping("company_size"),
    },
    api_base="https://api.example.com",
    referral_property="their_referral",
    currency="EUR",
    applied_at=AT,
)
KEY = AccessKey(
    "abcdefgh",
    "0" * 64,
    ("crm", "read"),
    "Büro",
    AT,
    revoked=True,
    revision=5,
    revoked_at=AT,
    revoked_by="ijklmnop",
)
ACCOUNT = Account("cus_1", AT, "EUR", revision=3)
REFERRER = Referrer(
    referrer="c-1",
    account="cus_1",
    name="Zoë Žižek 山田",
    email="zoe@example.com",
    created_at=AT,
    earns="ask",
    crm_id="501",
    rep="rep-7",
    group="north",
    nps=0,
    products=("basic", "pro"),
    company="Žižek & Co",
    segment="enterprise",
    locale="es",
    shown="company",
    signed_off_at=AT,
    signed_off_by="5f" * 20,
    signed_shown="company",
    signed_story="5f" * 8,
    signed_earns="yes",
    asked="tk_asked",
    declined_at=AT,
    terms=("peers@3",),
    accepted_at=AT,
    story="It saved us 12 hours.",
    story_shown=True,
    mail_off="bounced",
    changed_at=AT + HOUR,
    changed_by="key abcdefgh",
    erased_at=AT + HOUR,
    revision=2,
)
LINK = Link(
    code="zoe-links",
    referrer="c-1",
    account="cus_1",
    program="peers",
    target="https://www.example.com/a?b=1#c",
    channel="mail",
    token_key="t" * 40,
    address_key="a" * 40,
    created_at=AT,
    paused=True,
    internal_only=True,
    mailed_at=AT + HOUR,
    revision=2,
)
# An argument of each shape: texts, several texts, numbers, amounts, days, times, reasons within
# reasons.
EVERY_KIND = (
    Reason("contact_given", {"fields": ("name", "email")}),
    Reason("attribute_is", {"attribute": "segment", "value": "a; b: c"}),
    Reason("value_below_minimum", {"amount": Money(1, "JPY"), "minimum": Money(-2, "KWD")}),
    Reason("negated", {"reason": Reason("no_longer_met", {"reasons": (Reason("value_unknown"),)})}),
    Reason("no_longer_met", {"reasons": ()}),
    Reason("program_on_pause", {"day": date(2027, 3, 17)}),
    Reason("overdue", {"here": Money(7000, "JPY"), "since": AT}),
    Reason("time_over", {"count": 180}),
)
REFERRAL = Referral(
    referral="rf_1",
    program="peers",
    version=3,
    referrer="c-1",
    account="cus_1",
    source="form",
    prospect=Contact(
        "Ana Núñez", "ana@example.com", "+12025550143", "Praxis Ü", {"segment": "private"}
    ),
    created_at=AT,
    deadline=AT + timedelta(days=200),
    link="zoe-links",
    click="ck_1",
    stage="won",
    milestones=(
        MilestoneState("demo", "met", EVERY_KIND, AT, "cr_1_demo", COMPANY_OR_DEAL_TAKEN),
        MilestoneState("deal"),
    ),
    keys=("company:ab", "deal:hubspot/deal/77"),
    flags=(Reason("same_company"), Reason("burst", {"count": 3})),
    attestation="I may.",
    open=False,
    closed_because=Reason("all_milestones_decided"),
    earlier="rf_0",
    erased_at=AT + HOUR,
    look_again_at=AT + 2 * HOUR,
    revision=8,
)
IDENTITY = Identity("person#peers#ab", "rf_1", revision=4)
FACT = Fact(
    *("rf_1", DEAL, "dealstage", "stage", "won", "closedwon", AT, 4),
    changes=(Change(AT - HOUR, "new"), Change(AT, "won")),
    revision=6,
    deliveries=("hubspot#d1", "hubspot#d2"),
)
ENTRY = Entry(
    "referral#rf_1",
    "peers",
    "2027#en_1",
    AT,
    Event(
        "credit_canceled",
        {
            "credit": "cr_1_demo",
            "amount": Money(7000, "JPY"),
            "reason": Reason("decided_by_person", {"typed": "It happened · так; see: 4411."}),
        },
    ),
    "rep-7",
)
CREDIT = Credit(
    credit="cr_1_demo",
    program="peers",
    version=3,
    milestone="demo",
    referral="rf_1",
    account="cus_1",
    referrer="c-1",
    amount=Money(7000, "JPY"),
    state=Held(
        (Reason("flagged", {"flags": (Reason("same_phone"), Reason("velocity", {"count": 20}))}),),
        AT - HOUR,
        Mark("taken_back", "refund"),
    ),
    earned_at=AT,
    due_at=AT + HOUR,
    description="Referral credit: peers",
    attempt=Attempt(2, AT + HOUR, 3, True, AT + 2 * HOUR),
    decided_by="key-1",
    limits=("account#cus_1#2027", "program#peers"),
    reverses=Reverses("cr_0_demo", Reason("deal_lost"), "refund", ordered=True),
    follows="cr_0_deal",
    deal="crm/deal/77",
    met_at=AT - HOUR,
    counts_at=AT - 2 * HOUR,
    revision=9,
)
POSTED = Posted("cbtxn_1", AT + 3 * HOUR, 3000, "in_1", "cr_1_demo_reversal")
STATES_OF_A_CREDIT = {
    "pending": Pending(Mark("not_met")),
    "held": CREDIT.state,
    "sending": Sending(AT + 2 * HOUR, "tk_1", Mark("taken_back", "refund")),
    "posted": POSTED,
    "over_limit": OverLimit(Reason("budget_used_up", {"amount": Money(7000, "JPY")})),
    "canceled": Canceled(Reason("deal_lost"), "refund"),
    "reversed": Reversed(POSTED, Reason("deal_at_stage", {"stage": "refunded"}), "refund"),
}
BOOKED = LedgerEntry("cr_1_demo", "000009", AT, "cus_1", "owed", "stripe", 7000, "JPY")
REQUEST = Request("link#c-1#ab", "hash", "zoe-links", AT)
CHANGE = CrmEvent(
    DEAL, "dealstage", "closedwon", AT, "rf_1", ("ana@example.com",), DEAL, COMPANY, own=True
)
MAIL = Mail(
    *(
        "c-1",
        "2027-03-01#en_1",
        "notice",
        AT,
        AT,
        "rf_1",
        "cr_1_demo",
        "given_up",
        5,
        AT,
        "msg-1",
        Reason("not_taken", {"code": "Throttling"}),
    ),
    locale="es",
    revision=3,
)
TOKEN = Token("tk_1", "sign_off", "c-1", AT, AT + HOUR, {"shown": "company"}, AT + HOUR, revision=2)
UNMATCHED = Unmatched(
    "object#hubspot/deal/77", "d1#0", "hubspot", CHANGE, AT, ("object#hubspot/deal/77",)
)
STAFF = Staff("5a", "sam@example.com", "finance", AT, "key one", revoked=True, revision=3)
TERM = SearchTerm("zizek", "referrer", "c-1", "Zoë Žižek, Praxis Ü", "cus_1")
MATCHED = Reason("events_applied", {"events": 1, "facts": 1, "matched": 1})
DELIVERY = Delivery("hubspot#d1", "hubspot", '[{"a": "ü"}]', AT)

RECORDS = {
    "program": (PROGRAM, lambda stores: stores.programs.get("peers", 3)),
    "connection": (CONNECTION, lambda stores: stores.connections.latest("hubspot")),
    "key": (KEY, lambda stores: stores.keys.get("abcdefgh")),
    "account": (ACCOUNT, lambda stores: stores.accounts.get("cus_1")),
    "referrer": (REFERRER, lambda stores: stores.referrers.get("c-1")),
    "link": (LINK, lambda stores: stores.links.get("zoe-links")),
    "referral": (REFERRAL, lambda stores: stores.referrals.get("rf_1")),
    "identity": (IDENTITY, lambda stores: stores.identities.get("person#peers#ab")),
    "fact": (FACT, lambda stores: next(iter(stores.facts.list_by_referral("rf_1")), None)),
    "entry": (
        ENTRY,
        lambda stores: next(iter(stores.timeline.list_by_subject("referral#rf_1", 9).items), None),
    ),
    "credit": (CREDIT, lambda stores: stores.credits.get("cr_1_demo")),
    "ledger": (BOOKED, lambda stores: next(iter(stores.ledger.list_by_credit("cr_1_demo")), None)),
    "request": (REQUEST, lambda stores: stores.requests.get("link#c-1#ab")),
    "mail": (MAIL, lambda stores: stores.mails.get("c-1", "2027-03-01#en_1")),
    "token": (TOKEN, lambda stores: stores.tokens.get("tk_1")),
    "unmatched": (
        UNMATCHED,
        lambda stores: next(iter(stores.unmatched.list_by_hint(UNMATCHED.hint)), None),
    ),
    "staff": (STAFF, lambda stores: stores.staff.get("5a")),
    "search_term": (
        TERM,
        lambda stores: next(iter(stores.search_terms.beginning("ziz", 9).items), None),
    ),
}
REVISED = {name: RECORDS[name] for name in RECORDS if hasattr(RECORDS[name][0], "revision")}


def put(stores, *records):
    stores.commit([Insert(record) for record in records])


def position(stores, *writes):
    with pytest.raises(Failed) as failed:
        stores.commit(writes)
    return next(place for place, each in enumerate(writes) if each is failed.value.write)


# --- records --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_comes_back_as_it_was_put(stores, name):
    record, read = RECORDS[name]
    put(stores, record)
    assert read(stores) == record


@pytest.mark.parametrize("name", RECORDS)
def test_what_was_not_put_is_not_there(stores, name):
    assert RECORDS[name][1](stores) is None


@pytest.mark.parametrize("name", RECORDS)
def test_a_sample_leaves_no_field_at_its_default(name):
    record = RECORDS[name][0]
    plain = {
        each.name
        for each in fields(record)
        if each.default is not MISSING and getattr(record, each.name) == each.default
    }
    assert not plain


@pytest.mark.parametrize(
    "record",
    [
        Account("cus_2", AT),
        Referrer("c-2", "cus_2", "Bo", "bo@example.com", AT),
        replace(LINK, mailed_at=None),
        replace(REFERRAL, milestones=(), prospect=Contact("", "a@example.com")),
        replace(FACT, changes=()),
        replace(CREDIT, state=Pending(), attempt=Attempt(), limits=(), reverses=None),
        replace(UNMATCHED, change=CrmEvent(DEAL, "p", None, AT)),
        replace(CONNECTION, properties={}, programs=(), applied_at=None),
        replace(PROGRAM, applied_at=None, source=""),
    ],
    ids=lambda record: type(record).__name__,
)
def test_what_is_empty_comes_back_empty(stores, record):
    put(stores, record)
    name = type(record).__name__.lower()
    read = {
        "account": lambda: stores.accounts.get("cus_2"),
        "referrer": lambda: stores.referrers.get("c-2"),
    }.get(name, lambda: RECORDS[name][1](stores))
    assert read() == record


def test_a_program_with_every_term_is_read_back_unchanged(stores):
    put(stores, PROGRAM)
    held = stores.programs.get("peers", 3)
    assert held.milestones == PROGRAM.milestones
    assert held.ends.on == date(2028, 1, 1)
    assert held.limits == PROGRAM.limits


# --- one write at a time --------------------------------------------------------------------------


@pytest.mark.parametrize("name", RECORDS)
def test_what_is_there_is_not_put_again(stores, name):
    record, read = RECORDS[name]
    put(stores, record)
    assert position(stores, Insert(record)) == 0
    assert read(stores) == record


@pytest.mark.parametrize("name", REVISED)
def test_a_record_is_changed_under_its_revision(stores, name):
    record, read = REVISED[name]
    put(stores, record)
    changed = replace(record, revision=record.revision + 1)
    stores.commit([Check(record)])
    stores.commit([Update(changed)])
    assert read(stores) == changed


@pytest.mark.parametrize("name", REVISED)
@pytest.mark.parametrize("ahead", [-1, 0, 2])
def test_a_change_under_another_revision_fails(stores, name, ahead):
    record, read = REVISED[name]
    put(stores, record)
    assert position(stores, Update(replace(record, revision=record.revision + ahead))) == 0
    assert read(stores) == record


@pytest.mark.parametrize("name", REVISED)
@pytest.mark.parametrize("ahead", [-1, 1])
def test_a_check_of_another_revision_fails(stores, name, ahead):
    record, _ = REVISED[name]
    put(stores, record)
    assert position(stores, Check(replace(record, revision=record.revision + ahead))) == 0


@pytest.mark.parametrize("name", REVISED)
def test_what_is_not_there_cannot_be_changed_or_checked(stores, name):
    record, read = REVISED[name]
    assert position(stores, Update(record)) == 0
    assert position(stores, Check(record)) == 0
    assert read(stores) is None


def test_a_batch_read_of_links_omits_missing_ones(stores):
    others = [replace(LINK, code=f"other-{place}") for place in range(60)]
    put(stores, LINK, *others[:30])
    put(stores, *others[30:])
    codes = [
        *(each.code for each in others),
        "nobody",
        *(f"none-{place}" for place in range(60)),
        LINK.code,
    ]
    assert stores.links.get_many(codes) == {each.code: each for each in (LINK, *others)}
    assert stores.links.get_many([]) == {}


def test_removing_an_unmatched_event_twice_is_no_error(stores):
    other = replace(UNMATCHED, event="d2#0")
    put(stores, UNMATCHED, other)
    stores.commit([Remove(UNMATCHED)])
    stores.commit([Remove(UNMATCHED)])
    assert stores.unmatched.list_by_hint(UNMATCHED.hint) == (other,)


@pytest.mark.parametrize("record", [IDENTITY, FACT, TERM], ids=["identity", "fact", "search_term"])
def test_what_is_removed_is_gone_and_may_be_put_again(stores, record):
    put(stores, record)
    stores.commit([Remove(record)])
    stores.commit([Remove(record)])
    put(stores, record)


def test_a_put_replaces_what_was_there(stores):
    for part in (TERM, replace(TERM, label="Another Label")):
        stores.commit([Put(part)])
        assert stores.search_terms.beginning(TERM.term, 5).items == (part,)


# --- limits ---------------------------------------------------------------------------------------


def room(stores, limit, ceiling):
    """Return how much of a limit is left, by trying."""
    for left in range(ceiling, 0, -1):
        try:
            stores.commit([Reserve(limit, left, ceiling)])
        except Failed:
            continue
        stores.commit([Release(limit, left)])
        return left
    return 0


def test_a_limit_is_filled_to_its_ceiling_and_not_beyond(stores):
    stores.commit([Reserve("year", 6, 10)])
    stores.commit([Reserve("year", 4, 10)])
    assert position(stores, Reserve("year", 1, 10)) == 0
    assert room(stores, "year", 10) == 0


def test_one_more_than_the_rest_is_refused_and_takes_nothing(stores):
    stores.commit([Reserve("year", 6, 10)])
    assert position(stores, Reserve("year", 5, 10)) == 0
    assert room(stores, "year", 10) == 4


@pytest.mark.parametrize(("minor", "ceiling"), [(11, 10), (1, 0), (10, 9)])
def test_a_first_reserve_larger_than_the_ceiling_is_refused(stores, minor, ceiling):
    assert position(stores, Reserve("year", minor, ceiling)) == 0
    assert room(stores, "year", ceiling) == ceiling


def test_a_first_reserve_as_large_as_the_ceiling_is_taken(stores):
    stores.commit([Reserve("year", 10, 10)])
    assert room(stores, "year", 10) == 0


def test_what_is_released_can_be_reserved_again(stores):
    stores.commit([Reserve("year", 10, 10)])
    stores.commit([Release("year", 7)])
    assert room(stores, "year", 10) == 7


def test_limits_do_not_mix(stores):
    stores.commit([Reserve("year", 10, 10)])
    stores.commit([Reserve("month", 10, 10)])
    assert room(stores, "year", 10) == room(stores, "month", 10) == 0


def test_two_reserves_on_one_limit_add_up(stores):
    stores.commit([Reserve("year", 4, 10), Reserve("year", 6, 10)])
    assert room(stores, "year", 10) == 0


def test_two_reserves_that_fit_only_singly_are_refused(stores):
    assert position(stores, Reserve("year", 5, 10), Reserve("year", 6, 10)) == 0
    assert room(stores, "year", 10) == 10


def test_the_lower_of_two_ceilings_holds(stores):
    assert position(stores, Reserve("year", 3, 10), Reserve("year", 3, 5)) == 0
    assert position(stores, Reserve("year", 3, 5), Reserve("year", 3, 10)) == 0
    assert room(stores, "year", 10) == 10


def test_what_is_released_in_the_same_commit_makes_room(stores):
    stores.commit([Reserve("year", 10, 10)])
    stores.commit([Release("year", 6), Reserve("year", 5, 10)])
    stores.commit([Reserve("year", 1, 10)])
    assert room(stores, "year", 10) == 0


def test_a_lowered_ceiling_refuses_more_but_lets_go(stores):
    stores.commit([Reserve("year", 10, 10)])
    assert position(stores, Reserve("year", 1, 5)) == 0
    stores.commit([Reserve("year", 1, 5), Release("year", 9)])
    assert room(stores, "year", 5) == 3


# --- counts ---------------------------------------------------------------------------------------


def test_a_count_adds_up_and_may_fall_below_nought(stores):
    stores.commit([Increment("account#cus_1", "posted#USD", 5000)])
    stores.commit(
        [Increment("account#cus_1", "posted#USD", -7000), Increment("account#cus_1", "held#USD", 1)]
    )
    stores.commit([Increment("account#cus_2", "posted#USD", 3)])
    assert stores.counts.of("account#cus_1") == {"posted#USD": -2000, "held#USD": 1}
    assert stores.counts.of("account#cus_3") == {}


def test_two_increments_of_one_count_in_one_commit_both_count(stores):
    stores.commit([Increment("s", "b", 5), Increment("s", "c", 1), Increment("s", "b", -2)])
    assert stores.counts.of("s") == {"b": 3, "c": 1}


# --- all or none ----------------------------------------------------------------------------------


def test_where_one_write_fails_nothing_is_written(stores):
    put(stores, IDENTITY, UNMATCHED)
    others = [
        Insert(ACCOUNT),
        Update(replace(IDENTITY, owner="rf_2", revision=IDENTITY.revision + 1)),
        Remove(UNMATCHED),
        Reserve("year", 5, 10),
        Increment("s", "b", 1),
        Release("month", 5),
    ]
    assert position(stores, *others, Check(REFERRER)) == len(others)
    assert stores.accounts.get("cus_1") is None
    assert stores.identities.get(IDENTITY.identity) == IDENTITY
    assert stores.unmatched.list_by_hint(UNMATCHED.hint) == (UNMATCHED,)
    assert stores.counts.of("s") == {}
    assert room(stores, "year", 10) == 10
    assert room(stores, "month", 10) == 10


GOOD = (
    Increment("s", "b", 1),
    Reserve("month", 1, 10),
    Insert(LINK),
    Remove(UNMATCHED),
    Put(TERM),
    Check(KEY),
    Update(replace(REFERRER, revision=REFERRER.revision + 1)),
    Release("other", 1),
)
BAD = {
    "insert": Insert(ACCOUNT),
    "update": Update(replace(ACCOUNT, revision=ACCOUNT.revision)),
    "check": Check(replace(ACCOUNT, revision=ACCOUNT.revision + 1)),
    "reserve": Reserve("year", 1, 10),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("place", range(len(GOOD) + 1))
def test_the_write_that_failed_is_named_wherever_it_stands(stores, kind, place):
    put(stores, KEY, REFERRER, ACCOUNT)
    stores.commit([Reserve("year", 10, 10)])
    writes = [*GOOD[:place], BAD[kind], *GOOD[place:]]
    assert position(stores, *writes) == place
    assert stores.links.get(LINK.code) is None


@pytest.mark.parametrize("kind", ["insert", "update", "check"])
def test_a_full_limit_is_named_only_without_another_failure(stores, kind):
    put(stores, ACCOUNT)
    stores.commit([Reserve("year", 10, 10)])
    assert position(stores, Reserve("year", 1, 10), BAD[kind]) == 1


def test_a_full_limit_names_the_reserve_and_not_the_release(stores):
    stores.commit([Reserve("year", 10, 10)])
    assert position(stores, Release("year", 1), Reserve("year", 5, 10)) == 1


def test_a_failed_write_counts_as_contended(stores):
    put(stores, ACCOUNT)
    with pytest.raises(Contended):
        put(stores, ACCOUNT)


@pytest.mark.parametrize("second", [Insert(ACCOUNT), Check(ACCOUNT), Update(ACCOUNT)])
def test_a_record_twice_in_a_commit_raises_and_writes_nothing(stores, second):
    fault(stores, Insert(ACCOUNT), second)
    assert stores.accounts.get("cus_1") is None


def test_a_commit_has_at_most_a_hundred_items(stores):
    many = [Insert(Identity(f"i{number}", "x")) for number in range(100)]
    fault(stores, *many, Increment("s", "b", 1))
    assert stores.identities.get("i0") is None
    stores.commit(many)
    assert stores.identities.get("i0") == Identity("i0", "x")
    assert stores.identities.get("i99") == Identity("i99", "x")


def fault(stores, *writes):
    """Commit what can never work; DynamoDB has its own words for it.

    None of them says to try again.
    """
    with pytest.raises((ValueError, TransactWriteError)):
        stores.commit(writes)


# --- programs and connections ---------------------------------------------------------------------


def test_the_newest_version_of_a_program_is_its_latest(stores):
    put(stores, *(replace(PROGRAM, version=version) for version in (2, 10, 9)))
    assert stores.programs.latest("peers").version == 10
    assert stores.programs.get("peers", 9).version == 9
    assert stores.programs.get("peers", 1) is None
    assert stores.programs.latest("others") is None


def test_the_program_at_a_time_is_the_newest_applied_before(stores):
    for version, hours in ((1, 0), (2, 1), (3, 2)):
        put(stores, replace(PROGRAM, version=version, applied_at=AT + hours * HOUR))
    at = [
        stores.programs.at("peers", AT + timedelta(minutes=minutes))
        for minutes in (-1, 0, 59, 60, 600)
    ]
    assert [each and each.version for each in at] == [None, 1, 1, 2, 3]


def test_a_version_that_was_never_timed_was_always_in_force(stores):
    put(stores, replace(PROGRAM, version=1, applied_at=None), replace(PROGRAM, version=2))
    assert stores.programs.at("peers", AT - HOUR).version == 1


def test_the_newest_version_of_a_connection_is_its_latest(stores):
    put(stores, *(replace(CONNECTION, version=version) for version in (9, 10, 2)))
    put(stores, replace(CONNECTION, connection="other", version=11))
    assert stores.connections.latest("hubspot").version == 10


# --- links, clicks, visits ------------------------------------------------------------------------


def test_a_referrers_links_come_by_code(stores):
    links = [replace(LINK, code=code) for code in ("bbb", "aaa", "ccc")]
    put(stores, *links, replace(LINK, code="abc", referrer="c-2"))
    assert [each.code for each in stores.links.list_by_referrer("c-1")] == ["aaa", "bbb", "ccc"]
    assert stores.links.list_by_referrer("c-1")[0] == links[1]
    assert stores.links.list_by_referrer("c-9") == ()


HUGE = 10**40 - 1  # the largest sequence number of a stream


def of_spring(stores):
    return stores.counts.of("link#spring")


def test_clicks_of_a_batch_add_up_by_link_day_kind(stores):
    assert (
        stores.counts.add_clicks(
            "spring", "2027-03-01", "s", [(3, "person"), (4, "machine"), (7, "person")]
        )
        == 3
    )
    assert stores.counts.add_clicks("spring", "2027-03-02", "s", [(5, "uncertain")]) == 1
    assert stores.counts.add_clicks("autumn", "2027-03-01", "s", [(6, "person")]) == 1
    assert of_spring(stores) == {
        "2027-03-01#person": 2,
        "2027-03-01#machine": 1,
        "2027-03-02#uncertain": 1,
    }


def test_the_clicks_of_a_few_days_are_reported_by_kind(stores):
    for day in ("2027-02-28", "2027-03-01", "2027-03-07", "2027-03-08"):
        stores.counts.add_clicks("spring", day, "s", [(1, "person"), (2, "machine"), (3, "person")])
    stores.counts.add_clicks("spring", "2027-03-02", "s", [(4, "uncertain")])
    stores.counts.add_clicks("autumn", "2027-03-02", "s", [(4, "person")])
    wanted = {"person": 4, "machine": 2, "uncertain": 1}
    assert stores.counts.clicks("spring", "2027-03-01", "2027-03-07") == wanted
    assert stores.counts.clicks("spring", "2027-03-02", "2027-03-06") == {"uncertain": 1}
    assert stores.counts.clicks("winter", "2027-03-01", "2027-03-07") == {}


def test_a_batch_that_comes_again_counts_once(stores):
    batch = [(3, "person"), (HUGE, "machine")]
    assert [stores.counts.add_clicks("spring", "day", "s", batch) for _ in range(3)] == [2, 0, 0]
    assert of_spring(stores) == {"day#person": 1, "day#machine": 1}


def test_batches_that_overlap_count_each_click_once(stores):
    every = [(number, "person") for number in (1, 5, 9, 10, 99, 100)]
    counted = [
        stores.counts.add_clicks("spring", "day", "s", batch)
        for batch in (every[:2], every[:4], every[1:3], every[3:], every)
    ]
    assert counted == [2, 2, 0, 2, 0]
    assert of_spring(stores) == {"day#person": 6}


def test_the_numbers_of_one_shard_say_nothing_about_another(stores):
    assert stores.counts.add_clicks("spring", "day", "shard-1", [(100, "person")]) == 1
    assert stores.counts.add_clicks("spring", "day", "shard-2", [(50, "person")]) == 1
    assert stores.counts.add_clicks("spring", "day", "shard-2", [(50, "person")]) == 0
    assert of_spring(stores) == {"day#person": 2}


def test_visits_of_a_source_are_counted(stores):
    assert [stores.visits.count("s1", AT) for _ in range(3)] == [1, 2, 3]
    assert stores.visits.count("s2", AT) == 1


def test_different_links_that_a_source_followed_are_counted_each_once(stores):
    assert [stores.visits.different("s1", code, AT) for code in ("a", "b", "a", "c")] == [
        1,
        2,
        2,
        3,
    ]
    assert stores.visits.different("s2", "a", AT) == 1


def test_the_count_of_a_sources_links_has_a_maximum(stores):
    counted = [stores.visits.different("s1", f"code-{number}", AT) for number in range(53)]
    assert counted == [*range(1, 51), 50, 50, 50]
    assert stores.visits.different("s1", "code-0", AT) == 50


def test_several_links_of_a_source_are_noted_at_once(stores):
    assert stores.visits.note("s1", {"a", "b"}, AT) == 2
    assert stores.visits.different("s1", "b", AT) == 2
    assert stores.visits.note("s1", {"b", "c", "d"}, AT) == 4
    assert stores.visits.note("s2", {f"code-{number}" for number in range(70)}, AT) == 50


def test_visits_and_followed_links_of_one_source_do_not_mix(stores):
    stores.visits.count("s1", AT)
    assert stores.visits.different("s1", "a", AT) == 1
    assert stores.visits.count("s1", AT) == 2


# --- referrals, timeline, facts -------------------------------------------------------------------


def pages(read):
    """Follow a list from page to page and return the items of each.

    An empty last page is left out.
    """
    found, after = [], None
    while True:
        page = read(after)
        if page.items:
            found.append(list(page.items))
        if page.more is None:
            return found
        after = page.more


def referral(number, **changes):
    at = AT + number * HOUR
    alive = {"erased_at": None, "look_again_at": None}
    return replace(
        REFERRAL,
        referral=f"rf_{number}",
        created_at=at,
        deadline=at,
        open=True,
        **(alive | changes),
    )


def test_an_accounts_referrals_come_newest_first_and_page_by_page(stores):
    put(stores, *(referral(number) for number in (2, 5, 1, 4, 3)), referral(9, account="cus_2"))
    found = pages(lambda after: stores.referrals.list_by_account("cus_1", 2, after))
    assert [[each.referral for each in page] for page in found] == [
        ["rf_5", "rf_4"],
        ["rf_3", "rf_2"],
        ["rf_1"],
    ]
    assert found[0][0] == referral(5)


def test_a_list_that_fits_has_no_more(stores):
    put(stores, referral(1), referral(2))
    assert stores.referrals.list_by_account("cus_1", 3).more is None
    assert stores.referrals.list_by_account("cus_9", 3).items == ()


def test_open_referrals_past_their_deadline_are_overdue_oldest_first(stores):
    put(stores, referral(3), referral(1), referral(2), replace(referral(0), open=False))
    assert stores.referrals.overdue(AT + 2 * HOUR, 9) == ("rf_1",)
    assert stores.referrals.overdue(AT + 9 * HOUR, 2) == ("rf_1", "rf_2")


def test_a_referral_that_closes_is_no_longer_overdue(stores):
    put(stores, referral(1))
    assert stores.referrals.overdue(AT + 9 * HOUR, 9) == ("rf_1",)
    stores.commit([Update(replace(referral(1), open=False, revision=REFERRAL.revision + 1))])
    assert stores.referrals.overdue(AT + 9 * HOUR, 9) == ()
    assert stores.referrals.list_by_account("cus_1", 9).items[0].open is False


def test_open_referrals_come_by_deadline_and_page_by_page(stores):
    put(stores, *(referral(number) for number in (2, 1, 3)), replace(referral(0), open=False))
    found = pages(lambda after: stores.referrals.still_open(2, after))
    assert found == [["rf_1", "rf_2"], ["rf_3"]]


def test_all_referrals_come_newest_first_and_page_by_page(stores):
    put(stores, referral(2), referral(1, account="cus_2"), replace(referral(3), open=False))
    found = pages(lambda after: stores.referrals.list_newest(2, after))
    assert [[each.referral for each in page] for page in found] == [["rf_3", "rf_2"], ["rf_1"]]


def test_all_referrers_come_newest_first_and_page_by_page(stores):
    def enrolled(number):
        return replace(REFERRER, referrer=f"c-{number}", created_at=AT + number * HOUR)

    put(stores, *(enrolled(number) for number in (2, 1, 3)))
    found = pages(lambda after: stores.referrers.list_newest(2, after))
    assert [[each.referrer for each in page] for page in found] == [["c-3", "c-2"], ["c-1"]]
    stores.commit([Update(replace(enrolled(2), name="", revision=REFERRER.revision + 1))])
    assert stores.referrers.list_newest(9).items[1].name == ""


def test_all_keys_come_newest_first_and_page_by_page(stores):
    put(stores, *(replace(KEY, key=f"key{n}", created_at=AT + n * HOUR) for n in (2, 1, 3)))
    found = pages(lambda after: stores.keys.list_newest(2, after))
    assert [[each.key for each in page] for page in found] == [["key3", "key2"], ["key1"]]


def test_all_staff_come_newest_first_and_page_by_page(stores):
    put(stores, *(replace(STAFF, person=f"p{n}", added_at=AT + n * HOUR) for n in (2, 1, 3)))
    found = pages(lambda after: stores.staff.list_newest(2, after))
    assert [[each.person for each in page] for page in found] == [["p3", "p2"], ["p1"]]


def test_search_terms_are_listed_by_prefix_in_pages(stores):
    parts = [replace(TERM, term=part) for part in ("ana", "anabel", "anatol", "ann", "an", "bo")]
    put(stores, *parts, replace(TERM, term="ana", id="c-2"))
    found = pages(lambda after: stores.search_terms.beginning("ana", 2, after))
    assert [[f"{each.term} {each.id}" for each in page] for page in found] == [
        ["ana c-1", "ana c-2"],
        ["anabel c-1", "anatol c-1"],
    ]
    assert [each.term for each in stores.search_terms.beginning("bo", 9).items] == ["bo"]
    assert stores.search_terms.beginning("xyz", 9).items == ()


def test_a_referral_is_found_when_it_is_judged_next(stores):
    closed = replace(referral(1), open=False, look_again_at=AT + HOUR)
    put(stores, closed, replace(referral(9), look_again_at=AT + 2 * HOUR))
    put(stores, replace(closed, referral="rf_3", erased_at=AT))
    assert stores.referrals.overdue(AT + HOUR, 9) == ()
    assert stores.referrals.overdue(AT + HOUR + timedelta(seconds=1), 9) == ("rf_1",)
    assert stores.referrals.still_open(9).items == ("rf_1", "rf_9")


def earned(number, erased_at=None):
    state = MilestoneState("deal", "met", credit=f"cr_{number}_deal")
    return replace(referral(number), open=False, milestones=(state,), erased_at=erased_at)


def test_referrals_closed_with_a_credit_are_listed_by_deadline(stores):
    put(stores, referral(1), replace(earned(2), milestones=()))
    put(stores, *(earned(number) for number in (6, 4, 5, 3)), earned(7, erased_at=AT))
    found = pages(lambda after: stores.referrals.closed_early(earned(4).deadline, 2, after))
    assert found == [["rf_4", "rf_5"], ["rf_6"]]
    assert stores.referrals.overdue(AT + 99 * HOUR, 9) == ("rf_1",)


def test_a_page_that_begins_at_a_past_deadline_continues(
    stores,
):
    put(stores, *(earned(number) for number in (1, 2, 3, 4)))
    first = stores.referrals.closed_early(AT, 1)
    assert first.items == ("rf_1",)
    rest = stores.referrals.closed_early(earned(3).deadline, 9, first.more)
    assert rest.items == ("rf_3", "rf_4")


def test_a_timeline_comes_oldest_first_and_page_by_page(stores):
    put(
        stores,
        *(replace(ENTRY, entry=name) for name in ("c", "a", "b")),
        replace(ENTRY, subject="referral#rf_2"),
    )
    found = pages(lambda after: stores.timeline.list_by_subject("referral#rf_1", 2, after))
    assert [[each.entry for each in page] for page in found] == [["a", "b"], ["c"]]


def entry_at(at, name, program="peers"):
    return entry_for("referral#rf_1", program, at, name, Event("made", {"source": "link"}))


def test_a_day_is_one_of_the_programs_time_zone(stores):
    start = datetime(2027, 3, 13, 5, tzinfo=UTC)  # midnight in New York
    end = datetime(2027, 3, 14, 5, tzinfo=UTC)  # the day after has 23 hours
    moment = timedelta(microseconds=1)
    internal_only = [
        entry_at(each, f"en_{n}") for n, each in enumerate((start, start + HOUR, end - moment))
    ]
    after = [entry_at(end, "en_9"), entry_at(end + 23 * HOUR - moment, "en_10")]
    put(stores, entry_at(start - moment, "en_before"), *internal_only, *after)
    program = replace(PROGRAM, time_zone="America/New_York")
    days = [
        set_of(stores.timeline.list_by_day(program, date(2027, 3, day))) for day in (13, 14, 15)
    ]
    assert days == [set_of(internal_only), set_of(after), set()]


def test_a_day_has_every_entry_of_its_program_alone(stores):
    own = [entry_at(AT + number * HOUR / 60, f"en_{number}") for number in range(30)]
    put(stores, *own, entry_at(AT, "en_x", "others"), entry_at(AT, "en_y", ""))
    program = replace(PROGRAM, time_zone="UTC")
    assert list(stores.timeline.list_by_day(program, AT.date() - timedelta(days=1))) == []
    found = list(stores.timeline.list_by_day(program, AT.date()))
    assert sorted(each.entry for each in found) == [each.entry for each in own]
    assert set_of(found) == set_of(own)


def set_of(entries):
    """Return entries in a form that can be compared in any order: their data cannot be hashed."""
    return {repr(each) for each in entries}


def test_the_facts_of_a_referral_come_by_name(stores):
    facts = [replace(FACT, property=name) for name in ("b", "a")]
    put(stores, *facts, replace(FACT, referral="rf_2"))
    assert [each.property for each in stores.facts.list_by_referral("rf_1")] == ["a", "b"]


def test_unmatched_events_come_by_hint(stores):
    events = [replace(UNMATCHED, event=name) for name in ("d2#0", "d1#1", "d1#0")]
    put(stores, *events, replace(UNMATCHED, hint="email#ab"))
    assert [each.event for each in stores.unmatched.list_by_hint(UNMATCHED.hint)] == [
        "d1#0",
        "d1#1",
        "d2#0",
    ]


def test_unmatched_events_are_listed_once_newest_first(stores):
    def waiting(name, hint, hours):
        return replace(UNMATCHED, event=name, hint=hint, kept_at=AT + hours * HOUR)

    here = f"object#{DEAL}"
    put(stores, waiting("d1#0", here, 1), waiting("d1#0", "email#ab", 1), waiting("d2#0", here, 3))
    put(stores, waiting("d3#0", "email#ab", 2))
    assert [each.event for each in stores.unmatched.list_newest(9).items] == ["d2#0", "d1#0"]
    stores.commit([Remove(waiting("d2#0", here, 3))])
    found = pages(lambda after: stores.unmatched.list_newest(1, after))
    assert [[each.event for each in page] for page in found] == [["d1#0"]]


# --- credits --------------------------------------------------------------------------------------


def credit(number, status="pending", **changes):
    at = AT + number * HOUR
    return altered(CREDIT, status, credit=f"cr_{number}", earned_at=at, due_at=at, **changes)


@pytest.mark.parametrize("status", STATUSES)
def test_a_credit_comes_back_in_each_of_its_states(stores, status):
    made = replace(CREDIT, state=STATES_OF_A_CREDIT[status])
    put(stores, made)
    assert stores.credits.get(made.credit) == made
    assert stores.credits.list_by_status(status, 1).items == (made,)


def test_an_accounts_credits_come_newest_first_and_page_by_page(stores):
    put(stores, *(credit(number) for number in (2, 1, 3)), credit(9, account="cus_2"))
    found = pages(lambda after: stores.credits.list_by_account("cus_1", 2, after))
    assert [[each.credit for each in page] for page in found] == [["cr_3", "cr_2"], ["cr_1"]]


def test_credits_of_a_status_are_listed_newest_first(stores):
    put(stores, *(credit(number, "held") for number in (2, 1, 3)), credit(9))
    found = pages(lambda after: stores.credits.list_by_status("held", 2, after))
    assert [[each.credit for each in page] for page in found] == [["cr_3", "cr_2"], ["cr_1"]]
    assert found[1][0] == credit(1, "held")


def test_credits_of_a_work_list_are_listed_newest_first(stores):
    flagged = [credit(number, "held") for number in (2, 1, 3)]
    others = [
        credit(4),
        credit(5, "held", holds=(Reason("approval_required"),)),
        credit(6, "canceled"),
        credit(7, "held", holds=(Reason("keys_unanswered", {"count": 5}),)),
    ]
    put(stores, *flagged, *others)
    found = pages(lambda after: stores.credits.list_by_work_list("review", 2, after))
    assert [[each.credit for each in page] for page in found] == [["cr_3", "cr_2"], ["cr_1"]]
    assert found[1][0] == credit(1, "held")
    others = [stores.credits.list_by_work_list(name, 9).items for name in ("approve", "held")]
    assert [[each.credit for each in page] for page in others] == [["cr_5"], ["cr_7"]]


def test_a_credit_leaves_its_work_list_when_it_moves(stores):
    held = credit(1, "held")
    put(stores, held)
    stores.commit([Update(altered(held, "pending", revision=held.revision + 1))])
    assert stores.credits.list_by_work_list("review", 9).items == ()


SEVERAL = {
    "referral": lambda stores, ids: stores.referrals.get_many(ids),
    "credit": lambda stores, ids: stores.credits.get_many(ids),
    "staff": lambda stores, ids: stores.staff.get_many(ids),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_a_batch_read_returns_each_once_without_missing_ones(stores, name):
    record = RECORDS[name][0]
    key = {"staff": "person"}.get(name, name)
    made = {f"id_{n}": replace(record, **{key: f"id_{n}"}) for n in range(103)}
    for start in range(0, len(made), 100):
        put(stores, *list(made.values())[start : start + 100])
    read = SEVERAL[name]
    assert read(stores, ["id_2", "none", "id_1", "id_2"]) == {
        each: made[each] for each in ("id_1", "id_2")
    }
    assert read(stores, made) == made
    assert read(stores, []) == read(stores, ["none"]) == {}


def test_pending_credits_and_expired_leases_are_due(stores):
    put(
        stores,
        credit(4),
        credit(2),
        credit(1, "sending", lease_until=AT + 3 * HOUR),
        credit(0, "sending", lease_until=AT + 7 * HOUR),
        *(
            credit(number, status)
            for number, status in ((10, "held"), (11, "posted"), (12, "canceled"))
        ),
        replace(credit(13, "over_limit"), due_at=AT),
    )
    assert stores.credits.due(AT + 2 * HOUR, 9) == ("cr_2",)
    assert stores.credits.due(AT + 4 * HOUR, 9) == ("cr_2", "cr_1", "cr_4")
    assert stores.credits.due(AT + 99 * HOUR, 2) == ("cr_2", "cr_1")
    assert stores.credits.due(AT + timedelta(minutes=119), 9) == ()


def test_a_credit_that_moves_leaves_its_old_lists(stores):
    pending = credit(1)
    put(stores, pending)
    stores.commit([Update(altered(pending, "posted", revision=pending.revision + 1))])
    assert stores.credits.due(AT + 9 * HOUR, 9) == ()
    assert stores.credits.list_by_status("pending", 9).items == ()
    assert [each.credit for each in stores.credits.list_by_status("posted", 9).items] == ["cr_1"]


def test_the_ledger_of_a_credit_comes_oldest_first(stores):
    entries = [replace(BOOKED, entry=entry) for entry in ("000010", "000002")]
    put(stores, *entries, replace(BOOKED, credit="cr_2"))
    assert [each.entry for each in stores.ledger.list_by_credit("cr_1_demo")] == [
        "000002",
        "000010",
    ]


# --- the inbox ------------------------------------------------------------------------------------


def test_a_delivery_is_stored_once_and_marked_once(stores):
    assert stores.inbox.put(DELIVERY)
    assert not stores.inbox.put(replace(DELIVERY, body="another"))
    assert not stores.inbox.put(DELIVERY)
    assert stores.inbox.get(DELIVERY.delivery) == DELIVERY
    stores.inbox.applied(DELIVERY, MATCHED)
    stores.inbox.applied(DELIVERY, Reason("refund_asked"))
    assert stores.inbox.get(DELIVERY.delivery) == replace(
        DELIVERY, status="applied", outcome=MATCHED
    )


def test_a_delivery_that_is_not_there_stays_so(stores):
    stores.inbox.applied(replace(DELIVERY, delivery="nobody#1"), MATCHED)
    assert stores.inbox.get("nobody#1") is None
    stores.inbox.forget("nobody#1")
    assert stores.inbox.get("nobody#1") is None


def test_only_an_applied_delivery_loses_its_body(stores):
    stores.inbox.put(DELIVERY)
    stores.inbox.forget(DELIVERY.delivery)
    assert stores.inbox.get(DELIVERY.delivery) == DELIVERY
    stores.inbox.applied(DELIVERY, MATCHED)
    stores.inbox.forget(DELIVERY.delivery)
    stores.inbox.forget(DELIVERY.delivery)
    kept = replace(DELIVERY, body="", status="applied", outcome=MATCHED)
    assert stores.inbox.get(DELIVERY.delivery) == kept


def test_whoever_marks_a_delivery_late_keeps_it_emptied(stores):
    stores.inbox.put(DELIVERY)
    stores.inbox.applied(DELIVERY, MATCHED)
    stores.inbox.forget(DELIVERY.delivery)
    kept = replace(DELIVERY, body="", status="applied", outcome=MATCHED)
    for late in (DELIVERY, kept):  # it was read before the body was emptied, or after
        stores.inbox.applied(late, Reason("refund_asked"))
        assert stores.inbox.get(DELIVERY.delivery) == kept


# --- audits ---------------------------------------------------------------------------------------

LATE = Reason("overdue", {"here": Money(7000, "JPY"), "since": AT})
DIFFERENCE = Difference(LATE, "cus_1", "cr_1_demo", "cbtxn_1")
AUDIT = Audit("2027-03-01", AT, 3, 7, 201, (DIFFERENCE,), ("cus_2",), 2, "cus_1")


def test_the_newest_audit_is_the_latest(stores):
    assert stores.audits.latest() is None
    for day in ("2027-03-01", "2027-03-03", "2027-03-02"):
        stores.audits.put(replace(AUDIT, day=day))
    assert stores.audits.latest() == replace(AUDIT, day="2027-03-03")


def test_a_second_audit_of_a_day_replaces_the_first(stores):
    stores.audits.put(AUDIT)
    stores.audits.put(replace(AUDIT, differences=(), count=0))
    assert stores.audits.latest().count == 0


# --- requests -------------------------------------------------------------------------------------


def test_an_answer_is_put_in_place_of_the_one_before(stores):
    stores.requests.put(REQUEST)
    stores.requests.put(replace(REQUEST, answer="another"))
    assert stores.requests.get(REQUEST.request).answer == "another"


# --- mails ----------------------------------------------------------------------------------------


def mail(name, recipient="c-1", due_at=AT, **more):
    return Mail(recipient, name, "notice", AT, due_at, **more)


def test_a_mail_is_put_once(stores):
    assert stores.mails.put(mail("1"))
    assert not stores.mails.put(mail("1", credit="cr_other"))
    assert stores.mails.get("c-1", "1") == mail("1")
    assert stores.mails.get("c-1", "2") is None


def test_a_recipients_mails_come_from_one_on_in_order(stores):
    for each in (mail("3"), mail("1"), mail("2"), mail("2", "c-2")):
        stores.mails.put(each)
    assert [each.mail for each in stores.mails.since("c-1", "2", 9)] == ["2", "3"]
    assert [each.mail for each in stores.mails.since("c-1", "1", 2)] == ["1", "2"]


def test_waiting_mails_are_due_at_their_time(stores):
    waiting, later = mail("1"), mail("2", due_at=AT + HOUR)
    claimed, sent = mail("3").claimed(AT - HOUR), mail("4").claimed(AT).sent("msg", AT)
    for each in (waiting, later):
        stores.mails.put(each)
    put(stores, claimed, sent)
    assert stores.mails.due(AT, 9) == (("c-1", "3"), ("c-1", "1"))
    assert stores.mails.due(AT, 1) == (("c-1", "3"),)
