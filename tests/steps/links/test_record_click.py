"""The redirect: one write, and the prospect is always redirected."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from goodword.domain.links.click import Click
from goodword.domain.links.link import check_token, split_token
from goodword.domain.links.visit import Visit, source_of
from goodword.steps.links.record_click import find_open_link, record_click
from tests.cases.load import only, variants


def follow(world, code="ana-link", put=None, **more):
    return record_click(
        Visit(code, "192.0.2.7", **more),
        find=world.stores.links.get,
        put=put
        or (lambda **fields: world.tables.rows[Click].update({("click-1",): Click(**fields)})),
        now=world.clock(),
        click="click-1",
    )


def stored(world):
    return world.tables.rows[Click]["click-1",]


def test_a_click_is_stored_and_redirected_with_a_valid_token(world):
    redirect = follow(world, agent="Browser", network="a cloud", hints=("prefetch",))
    address, _, token = redirect.location.partition("?gw=")
    assert (address, redirect.lost) == ("https://www.example.com/demo", "")
    check_token(token, "token key")
    assert (split_token(token).code, split_token(token).click) == ("ana-link", "click-1")
    click = stored(world)
    assert (click.code, click.program, click.at) == ("ana-link", "peers", world.clock())
    assert (click.agent, click.network, click.hints) == ("Browser", "a cloud", ("prefetch",))


def test_no_address_is_stored(world):
    follow(world)
    assert "192.0.2.7" not in repr(world.tables)
    assert stored(world).source == source_of("192.0.2.7", "2027-03-01", "address key")


def test_a_very_long_agent_is_cut(world):
    follow(world, agent="x" * 5000)
    assert len(stored(world).agent) == 256


def test_the_prospect_is_redirected_when_the_click_is_not_stored(world):
    def put(**click):
        raise TimeoutError

    redirect = follow(world, put=put)
    assert redirect.lost == "TimeoutError"
    check_token(redirect.location.partition("?gw=")[2], "token key")


@pytest.mark.parametrize(
    "code", ["unknown", "", "no", "a" * 41, "ana link", "ana_link", "ana-link\n", "añá"]
)
def test_a_code_that_is_unknown_or_malformed_leads_nowhere(world, code):
    assert follow(world, code) is None


def test_a_paused_link_leads_nowhere(world):
    world.link("resting", paused=True)
    assert follow(world, "resting") is None


def test_a_malformed_code_is_not_even_looked_for():
    asked = []
    assert find_open_link("../etc", asked.append) is None
    assert asked == []


def typed(case_path):
    """Return the code in a case's path, as the function is given it."""
    return unquote(case_path.removeprefix("/r/"))


def make_links(world, case):
    for link in case["given"]["links"]:
        target = {"target": link["target"]} if "target" in link else {}
        world.link(link["code"], **target)


@pytest.mark.parametrize(
    "case", variants("links", "a vanity code is found in any case and with trailing punctuation")
)
def test_a_chosen_code_is_found_in_any_spelling(world, case):
    make_links(world, case)
    (event,) = case["events"]
    redirect = follow(world, typed(event["get"]))
    token = split_token(redirect.location.partition("?gw=")[2])
    assert (token.code, stored(world).code) == ("tide-water", "tide-water")


@pytest.mark.parametrize(
    "case", variants("links", "a generated code keeps its case and loses trailing punctuation")
)
def test_a_generated_code_keeps_its_case_and_loses_trailing_punctuation(world, case):
    make_links(world, case)
    (event,), (expected,) = case["events"], case["expect"]
    redirect = follow(world, typed(event["get"]))
    assert (404 if redirect is None else 302) == expected["status"]


def test_campaign_parameters_are_passed_on_without_foreign_tokens(world):
    case = only("links", "a campaign's parameters are handed on, a foreign token is not")
    make_links(world, case)
    (event,), (expected,) = case["events"], case["expect"]
    path, _, query = event["get"].partition("?")
    redirect = follow(world, typed(path), query=query)
    found, wanted = urlsplit(redirect.location), urlsplit(expected["location"])
    ((token,), given) = (given := parse_qs(found.query)).pop("gw"), given
    check_token(token, "token key")
    assert split_token(token).code == "tide-water"
    assert given == {name: each for name, each in parse_qs(wanted.query).items() if name != "gw"}
    assert found[:3] + found[4:] == wanted[:3] + wanted[4:]


def test_a_paused_code_is_not_looked_for_in_another_case(world):
    world.link("Texas", paused=True)
    world.link("texas")
    assert follow(world, "Texas") is None
    assert follow(world, "TEXAS") is not None
