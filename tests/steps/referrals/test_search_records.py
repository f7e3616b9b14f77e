"""Finding a referrer, a referral or a credit by any input."""

import pytest

from goodword.domain.referrals.search_term import SearchTerm
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.writes import Insert
from goodword.steps.referrals import search_records as module
from goodword.steps.referrals.erase_person import erase_referral, erase_referrer
from goodword.steps.referrals.search_records import Found, search_records
from goodword.steps.referrers.enroll_referrer import enroll_referrer
from tests.steps.world import World
from tests.world import IDENTITY_KEY


@pytest.fixture
def peers() -> World:
    """Give a world with a program and one referrer, who is enrolled as people are."""
    world = World()
    world.program()
    enroll(world, "c-ana", "Ana Núñez")
    return world


def enroll(world: World, referrer: str, name: str, account: str = "cus_1") -> None:
    made = Referrer(referrer, account, name, f"{referrer}@example.com", world.clock())
    enroll_referrer(made, "USD", identity_key=IDENTITY_KEY, stores=world.stores)


def refer(world: World, name: str, email: str, company: str = "", referrer: str = "c-ana") -> str:
    return world.referral(email, referrer, contact={"name": name, "company": company})


def find(world: World, text: str) -> Found:
    return search_records(text, identity_key=IDENTITY_KEY, stores=world.stores)


def ids(world: World, text: str) -> list[str]:
    return [hit.id for hit in find(world, text).hits]


@pytest.mark.parametrize(
    "text", ["nuñez", "NUNEZ", "nun", "ana núñ", "núñez ana", "  Ana,  Núñez "]
)
def test_a_referrer_is_found_however_the_name_is_typed(peers: World, text: str) -> None:
    assert ids(peers, text) == ["c-ana"]


def test_a_prospect_is_found_by_name_or_company_or_both(peers: World) -> None:
    pat = refer(peers, "Pat O'Brien", "pat@practice.example", "Zahnärzte Süd")
    refer(peers, "Pat Other", "other@elsewhere.example", "Nord")
    for text in ("o'brien", "obrien", "zahnarzte", "pat sud", "süd pat"):
        assert ids(peers, text) == [pat]


def test_referrers_stand_before_referrals_and_each_is_there_once(peers: World) -> None:
    anabel = refer(peers, "Anabel Anatol", "a@practice.example", "Ananas")
    found = find(peers, "ana")
    assert [(hit.kind, hit.id, hit.label) for hit in found.hits] == [
        ("referrer", "c-ana", "Ana Núñez"),
        ("referral", anabel, "Anabel Anatol, Ananas"),
    ]
    assert not found.exact


def test_only_a_whole_address_finds_its_person(
    peers: World,
) -> None:
    peers.program(program="others")
    first = refer(peers, "Pat", "pat@practice.example")
    second = peers.referral("pat@practice.example", "c-ana", program="others")
    assert set(ids(peers, " PAT@practice.example ")) == {first, second}
    assert ids(peers, "c-ana@example.com") == ["c-ana"]
    assert ids(peers, "at@practice.example") == []


def test_an_id_is_found_at_once(peers: World) -> None:
    pat = refer(peers, "Pat", "pat@practice.example")
    peers.connection()
    peers.stage("demo_attended")
    credit = peers.credit()
    for text in (pat, credit.credit, "c-ana"):
        found = find(peers, text)
        assert found.exact
        assert [hit.id for hit in found.hits] == [text]
    assert find(peers, credit.credit).hits[0].note == pat


def test_an_id_that_is_a_name_too_finds_both(peers: World) -> None:
    enroll(peers, "nunez", "Bo")
    found = find(peers, "nunez")
    assert ([hit.id for hit in found.hits], found.exact) == (["nunez", "c-ana"], False)


def test_an_account_finds_its_referrers(peers: World) -> None:
    enroll(peers, "c-bo", "Bo")
    enroll(peers, "c-other", "Other", "cus_11")
    assert ids(peers, "cus_1") == ["c-ana", "c-bo"]


def test_a_short_name_is_found_only_whole(peers: World) -> None:
    enroll(peers, "c-bo", "Bo Li")
    enroll(peers, "c-bob", "Bob")
    found = find(peers, "bo li")
    assert ([hit.id for hit in found.hits], found.short) == (["c-bo"], True)
    assert not find(peers, "bob").short


@pytest.mark.parametrize(
    "text", ["", "   ", "!!", "@", "#", "x" * 5000, "nobody", "rf_none", "cr_none", "%", "山"]
)
def test_what_is_not_there_finds_nothing(peers: World, text: str) -> None:
    assert find(peers, text).hits == ()


def test_who_was_erased_is_found_by_nothing(peers: World) -> None:
    pat = refer(peers, "Pat", "pat@practice.example", "Zahnärzte")
    erase_referral(
        pat,
        by="key one",
        log_days=30,
        identity_key=IDENTITY_KEY,
        stores=peers.stores,
        now=peers.clock,
        new_id=peers.new_id,
    )
    erase_referrer(
        "c-ana", log_days=30, identity_key=IDENTITY_KEY, stores=peers.stores, now=peers.clock
    )
    for text in (
        "pat",
        "zahn",
        "pat@practice.example",
        "ana",
        "nunez",
        "c-ana@example.com",
        "cus_1",
    ):
        assert ids(peers, text) == [], text
    assert peers.tables.all(SearchTerm) == []


def test_a_common_name_is_searched_up_to_a_maximum(
    peers: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "A_LOOK", 10)
    monkeypatch.setattr(module, "MOST_LOOKS", 2)
    rows = [
        SearchTerm("maria", "referrer", f"c-{number:03}", f"Maria {number:03}")
        for number in range(99)
    ]
    peers.stores.commit([Insert(row) for row in rows])
    found = find(peers, "maria")
    assert (len(found.hits), found.more) == (20, True)
    assert find(peers, "maria 012").hits[0].id == "c-012"
    assert find(peers, "maria 077").more, "a person is told that not all were looked through"


def test_no_more_is_shown_than_fits_a_page(peers: World) -> None:
    rows = [
        SearchTerm("maria", "referrer", f"c-{number:03}", f"Maria {number:03}")
        for number in range(40)
    ]
    peers.stores.commit([Insert(row) for row in rows])
    found = find(peers, "maria")
    assert (len(found.hits), found.more) == (module.MOST_SHOWN, True)
