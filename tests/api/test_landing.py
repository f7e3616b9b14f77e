"""From a link to the page of thanks over HTTP, where the program has no page of its own."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from goodword.domain.links.visit import write_token
from goodword.http.pages.web import HEADERS
from goodword.ports.writes import Update, Write
from goodword.steps.access.limit_requests import A_DAY
from tests.api.cloud import Cloud
from tests.api.gateway import Answer
from tests.api.test_log_lines import lines, traces
from tests.api.test_signups import FORM, forged, kept
from tests.pages.test_landing import PAYLOADS, Page
from tests.world import PROGRAM, PROSPECT, REFERRER

__all__ = ["lines"]  # a fixture

TERMS = (
    re.sub(r"(?m)^(targets|default_target):.*\n", "", PROGRAM)
    + """\
brand: { name: Example Software }
thank_you_note: We call you tomorrow.
form_fields: [name, email, phone]
locales: [en, es]
texts:
  es:
    prospect_gets: Una hora gratuita.
    thank_you_note: Le llamamos mañana.
    condition_text: { demo: asistan a una demostración }
"""
)


@pytest.fixture
def landed(cloud: Cloud) -> Cloud:
    """Give a deployment whose program has no page of its own, and a referrer."""
    for answer in (cloud.apply_program(TERMS), cloud.enroll(company="Bright Dental")):
        assert answer.status in (200, 201), answer.text
    return cloud


def path_of(answer: Answer) -> str:
    """Return where a redirect leads, as a path of ours."""
    parts = urlsplit(answer.headers["location"])
    assert parts.netloc in ("", "refer.example.com")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def follow(cloud: Cloud, code: str = "spring", **wish: object) -> str:
    """Make the link, follow it, and return the path on which the prospect lands."""
    return path_of(cloud.send("GET", f"/r/{cloud.create_link(code=code, **wish)}"))


def filled(page: Page, **typed: str) -> dict[str, str]:
    """Fill in a page's form: what is hidden in it, and what a person types."""
    hidden = {
        str(each["name"]): str(each["value"])
        for each in page.all("input")
        if each["type"] == "hidden"
    }
    return {**hidden, **typed}


def press(cloud: Cloud, page: Page, **typed: str) -> Answer:
    """Press the page's one button."""
    (form,) = page.all("form")
    body = urlencode(filled(page, **typed))
    return cloud.send("POST", str(form["action"]), body, content_type=FORM)


def post(cloud: Cloud, token: str, **typed: str) -> Answer:
    return cloud.send("POST", "/l/spring", urlencode({"gw": token, **typed}), content_type=FORM)


def token_of(path: str) -> str:
    return parse_qs(urlsplit(path).query)["gw"][0]


def test_from_landing_to_thanks_are_three_fields_and_one_press(landed: Cloud) -> None:
    page = Page(landed.send("GET", follow(landed)).text)
    assert "Ana Example recommends Example Software" in page.visible_text()
    fields = [str(field["name"]) for field in page.fields()]
    assert fields == ["name", "email", "phone"]

    pressed = press(landed, page, **{name: PROSPECT[name] for name in fields})
    thanks = landed.send("GET", path_of(pressed))

    assert (pressed.status, thanks.status) == (303, 200)
    assert "We call you tomorrow." in thanks.text
    (referral,) = landed.items("referrals")
    assert "spring" in str(referral)


def test_a_double_submit_or_a_reload_is_one_signup(landed: Cloud) -> None:
    path = follow(landed)
    page = Page(landed.send("GET", path).text)
    answers = [press(landed, page, **PROSPECT) for _ in range(2)]
    thanks = [landed.send("GET", path_of(answers[0])) for _ in range(2)]
    assert [each.status for each in (*answers, *thanks)] == [303, 303, 200, 200]
    assert len(landed.items("referrals")) == 1
    assert len(landed.items("timeline")) == 1


def test_two_presses_at_the_same_moment_are_one_signup(
    landed: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, answers, others = token_of(follow(landed)), list[Answer](), list[bool]()

    def commit(writes: Sequence[Write]) -> None:
        """Let the other press come first, just as this one is written."""
        if not others:
            others.append(True)
            answers.append(post(landed, token, **PROSPECT))
        landed.stores.commit(writes)

    app = import_module("functions.links.serve_landing.app")
    racing = replace(app.wire(), stores=replace(landed.stores, commit=commit))
    monkeypatch.setattr(app, "wire", lambda: racing)
    first = post(landed, token, **PROSPECT)

    assert [first.status, *(answer.status for answer in answers)] == [303, 303]
    assert len(landed.items("referrals")) == 1


def test_field_errors_appear_beside_their_fields_and_keep_the_input(
    landed: Cloud,
) -> None:
    page = Page(landed.send("GET", follow(landed)).text)
    before = kept(landed)
    answer = press(landed, page, name="Robin Prospect", email="robin@", phone="12")
    again = Page(answer.text)

    assert answer.status == 422
    assert kept(landed) == before
    fields = {field["name"]: field for field in again.fields()}
    assert [fields[name]["value"] for name in ("name", "email", "phone")] == [
        "Robin Prospect",
        "robin@",
        "12",
    ]
    assert [name for name, field in fields.items() if field.get("aria-invalid")] == [
        "email",
        "phone",
    ]
    assert press(landed, again, **PROSPECT).status == 303


def test_a_visit_without_a_token_goes_through_the_link_once(
    landed: Cloud,
) -> None:
    landed.create_link(code="spring")
    sent = landed.send("GET", "/l/spring")
    cookie = sent.headers["set-cookie"].partition(";")[0]
    landing = landed.send("GET", path_of(landed.send("GET", path_of(sent))), cookie=cookie)

    assert (sent.status, sent.headers["location"], landing.status) == (303, "/r/spring", 200)
    assert len(landed.items("clicks")) == 1
    assert "Max-Age=0" in landing.headers["set-cookie"]
    assert "HttpOnly" in sent.headers["set-cookie"]
    assert "Secure" in sent.headers["set-cookie"]


def test_a_lost_token_causes_no_redirect_loop(landed: Cloud) -> None:
    landed.create_link(code="spring")
    cookie = landed.send("GET", "/l/spring").headers["set-cookie"].partition(";")[0]
    answer = landed.send("GET", "/l/spring", cookie=cookie)
    assert answer.status == 401
    assert [
        link["href"] for link in Page(answer.text).all("a") if link.get("class") == "button"
    ] == ["/r/spring"]


def test_a_look_at_the_headers_shows_nothing_and_counts_nothing(landed: Cloud) -> None:
    path = follow(landed)
    before = landed.contents()
    answer = landed.send("HEAD", path)
    assert (answer.status, answer.body) == (200, b"")
    assert landed.contents() == before


@pytest.mark.parametrize("case", forged("a.b.1.c"))
def test_an_invalid_token_shows_a_remedy_and_creates_nothing(landed: Cloud, case: str) -> None:
    token = forged(token_of(follow(landed)))[case]
    before = kept(landed)
    shown = landed.send("GET", f"/l/spring?{urlencode({'gw': token})}")
    posted = post(landed, token, **PROSPECT)
    for answer in (shown, posted):
        assert answer.status == 401
        assert "Open the link again" in answer.text
        assert 'href="/r/spring"' in answer.text
        assert "Prospect" not in answer.text
    assert kept(landed) == before


def test_an_expired_click_has_a_button_to_follow_again(landed: Cloud) -> None:
    follow(landed)
    link = landed.stores.links.get("spring")
    assert link is not None
    fresh = token_of(follow(landed))
    at = int(fresh.split(".")[2]) - 91 * 24 * 3600
    app = import_module("goodword.domain.links.link")
    old = write_token("spring", "click", app.datetime.fromtimestamp(at, app.UTC), link.token_key)
    for answer in (landed.send("GET", f"/l/spring?gw={old}"), post(landed, old, **PROSPECT)):
        assert answer.status == 410
        assert 'href="/r/spring"' in answer.text


def test_a_paused_program_says_when_it_continues(landed: Cloud) -> None:
    paused = "pause: { from: 2020-02-01, until: 2199-03-09, in_flight: wait }\n"
    landed.apply_program(TERMS + paused, '"1"')
    path = follow(landed)
    for answer in (landed.send("GET", path), post(landed, token_of(path), **PROSPECT)):
        assert answer.status == 409
        assert "It continues on March 9, 2199." in Page(answer.text).visible_text()
    assert landed.items("referrals") == []


def test_without_a_recommending_referrer_the_page_is_not_found(landed: Cloud) -> None:
    path = follow(landed)
    landed.send("POST", "/v1/referrers/ana/erase", scope="admin")
    for answer in (
        landed.send("GET", path),
        post(landed, token_of(path), **PROSPECT),
        landed.send("GET", "/l/a_b"),
        landed.send("GET", "/l/nothing/thanks"),
    ):
        assert answer.status == 404
        assert "This page does not exist" in answer.text
        assert REFERRER["name"] not in answer.text
    assert landed.items("referrals") == []


def test_a_link_for_colleagues_says_so(landed: Cloud) -> None:
    assert "For colleagues." in landed.send("GET", follow(landed, internal_only=True)).text


def test_the_requested_or_browser_language_holds_to_the_end(landed: Cloud) -> None:
    path = follow(landed)
    assert '<html lang="es">' in landed.send("GET", path, accept_language="es-MX,en;q=0.5").text
    assert '<html lang="en">' in landed.send("GET", path, accept_language="fr").text
    page = Page(landed.send("GET", f"{path}&lang=es", accept_language="en").text)
    thanks = landed.send("GET", path_of(press(landed, page, **PROSPECT)), accept_language="en")
    assert "Le llamamos mañana." in thanks.text


def test_every_page_has_headers_against_leaks_and_caching(
    landed: Cloud,
) -> None:
    path = follow(landed)
    for answer in (landed.send("GET", path), landed.send("GET", "/l/spring/thanks")):
        assert answer.status == 200
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["referrer-policy"] == "no-referrer"
    pressed = post(landed, token_of(path), **PROSPECT)
    assert pressed.headers["location"] == "/l/spring/thanks?lang=en"
    assert pressed.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_type_shows_as_text(landed: Cloud, payload: str) -> None:
    path = follow(landed)
    stored = landed.stores.referrers.get("ana")
    assert stored is not None
    landed.commit(
        Update(replace(stored, name=payload, company=payload, revision=stored.revision + 1))
    )
    usual = (landed.send("GET", path), post(landed, token_of(path), name="", email="", phone=""))
    plain = {tag for answer in usual for tag, _ in Page(answer.text).tags}
    for answer in (
        landed.send("GET", path),
        post(landed, token_of(path), name=payload, email=payload, phone=payload),
    ):
        page = Page(answer.text)
        assert " ".join(payload.split()) in page.visible_text()
        assert {tag for tag, _ in page.tags} <= plain
        assert [name for _, each in page.tags for name in each if name.startswith("on")] == []


@pytest.mark.parametrize(
    "body", ["name=a&name=b", "name=%FF", "&".join(f"f{n}=1" for n in range(51)), "{"]
)
def test_a_form_that_cannot_be_read_gets_a_friendly_page(landed: Cloud, body: str) -> None:
    follow(landed)
    answer = landed.send("POST", "/l/spring", body, content_type=FORM)
    assert answer.status in (400, 401)
    assert answer.media == "text/html"
    assert landed.items("referrals") == []


def test_signups_of_one_address_are_limited_per_day(landed: Cloud) -> None:
    token = token_of(follow(landed))
    post(landed, token)
    (visit,) = [
        each for each in landed.items("visits") if each["source"]["S"].startswith("signup#")
    ]
    rows: Any = import_module("goodword.store.visits").VisitRow
    rows(visit["source"]["S"]).update(actions=[rows.visits.add(A_DAY)])
    answer = post(landed, token, **PROSPECT)
    assert answer.status == 429
    assert "try again tomorrow" in answer.text
    assert landed.items("referrals") == []


def test_no_log_line_and_no_address_names_the_prospect(
    furnished: Cloud, lines: io.StringIO
) -> None:
    assert furnished.apply_program(TERMS, '"1"').status == 200
    landed, token = furnished, token_of(follow(furnished))
    canary = {
        "name": "Robin Canary",
        "email": "robin@canary.example.org",
        "phone": "+1 212 555 0147",
    }
    answers = [post(landed, token, **{**canary, **more}) for more in ({"phone": "canary"}, {}, {})]
    assert [answer.status for answer in answers] == [422, 303, 303]
    assert traces(" ".join(answer.headers.get("location", "") for answer in answers)) == []
    assert "signup" in lines.getvalue()
    assert traces(lines.getvalue()) == []
    assert token not in lines.getvalue()
