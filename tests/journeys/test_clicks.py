"""What a link answers, and what is counted of it."""

from __future__ import annotations

import pytest

from tests.journeys.journey import Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]

CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def _code(link: str) -> str:
    return link.rpartition("/")[2]


def test_paused_unknown_and_malformed_codes_get_the_same_page(journey: Journey) -> None:
    ana = journey.referrer()
    link = journey.link(ana)
    journey.expect(200, "PATCH", f"/v1/links/{_code(link)}", json={"paused": True})
    clicks = len(journey.rows("clicks"))
    pages = [
        journey.follow(address)
        for address in (
            link,
            f"{journey.demo.url}/r/{journey.name('unknown')}",
            f"{journey.demo.url}/r/no%20such%20code!",
            f"{journey.demo.url}/r/{'x' * 300}",
            f"{journey.demo.url}/r/",
            f"{journey.demo.url}/r/one/two",
        )
    ]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1
    assert "This link leads nowhere" in pages[0].text
    assert len({page.headers["content-security-policy"] for page in pages}) == 1
    assert len(journey.rows("clicks")) == clicks


def test_people_machines_and_who_knows_are_counted_apart(journey: Journey) -> None:
    link = journey.link(journey.referrer())
    _forget_visits(journey)
    journey.follow(link)
    journey.follow(link, **{"user-agent": CRAWLER})
    journey.follow(link, **{"sec-purpose": "prefetch"})
    journey.follow(link, **{"accept-language": ""})
    journey.walk.wait(
        lambda: journey.walk.ask(f"/v1/links/{_code(link)}")["clicks"],
        {"person": 1, "machine": 2, "uncertain": 1},
        "the link's clicks",
    )


def _forget_visits(journey: Journey) -> None:
    """Forget how many links this machine followed today: all journeys come from one address."""
    journey.walk.wait(
        lambda: sum(
            int(row[kind]["N"])
            for row in journey.rows("counts")
            for kind in ("person", "machine", "uncertain")
            if kind in row
        ),
        len(journey.rows("clicks")),
        "the clicks that were counted",
    )
    client = journey.demo.cloud.client("dynamodb")
    for row in journey.rows("visits"):
        client.delete_item(
            TableName=f"{journey.demo.cloud.stack}-visits", Key={"source": row["source"]}
        )
