"""The referrer's portal over HTTP: who may come in, what they see.

What each of its forms does.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote, urlencode

import pytest

from goodword.domain.access.session import form_mark, open_session, write_session
from goodword.domain.links.link import Link
from goodword.domain.mails.mail import Mail
from goodword.domain.referrers.referrer import Referrer
from goodword.pages.csv import MARK
from goodword.ports.writes import Insert, Update
from tests.api.cloud import Cloud
from tests.api.gateway import Answer
from tests.credits import altered
from tests.world import PROGRAM, SECRETS

KEY = SECRETS["keys/sessions"]
FORM = "application/x-www-form-urlencoded"
RICH = (
    PROGRAM
    + "stories: true\nsign_off: [hospital]\ninvoice_day: 1\nlocales: [en, es]\n"
    + "form_fields: [name, email, phone]\n"
    + (
        "texts:\n  es:\n    prospect_gets: Una hora gratis.\n"
        "    condition_text: {demo: asistan a una demostración}\n"
    )
)
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)//",
    "{{ 7 * 191 }}",
    '=HYPERLINK("https://evil.example")',
)
PAGES = ("/portal", "/portal/qr.png", "/portal/statement", "/portal/statement.csv")
FORMS = ("contact", "link", "sign-off", "shown", "story", "language")


class Browser:
    """A referrer who is signed in."""

    def __init__(self, cloud: Cloud, referrer: str = "ana") -> None:
        self.cloud = cloud
        self.session = open_session("referrer", referrer, datetime.now(UTC).replace(microsecond=0))
        self.cookie = f"__Host-goodword-referrer={write_session(self.session, KEY)}"

    def get(self, target: str = "/portal") -> Answer:
        return self.cloud.send("GET", target, cookie=self.cookie)

    def post(self, form: str, **fields: str) -> Answer:
        given = {"mark": form_mark(self.session, KEY), "program": "peers", **fields}
        body = urlencode(given)
        return self.cloud.send(
            "POST", f"/portal/{form}", body, content_type=FORM, cookie=self.cookie
        )

    def follow(self, answer: Answer) -> Answer:
        assert answer.status == 303, answer.text
        return self.get(answer.headers["location"].partition("#")[0])


@pytest.fixture
def browser(furnished: Cloud) -> Browser:
    furnished.apply_program(RICH, '"1"')
    furnished.create_link()
    return Browser(furnished)


def ana(cloud: Cloud) -> Referrer:
    stored = cloud.stores.referrers.get("ana")
    assert stored is not None
    return stored


def change(cloud: Cloud, **changes: Any) -> None:
    stored = ana(cloud)
    cloud.commit(Update(replace(stored, revision=stored.revision + 1, **changes)))


def wait_for_sign_off(cloud: Cloud) -> None:
    """Let the referrer be one of those who need a sign-off, with a link for inside."""
    change(cloud, segment="hospital", earns="ask", shown="nothing")
    (link,) = cloud.stores.links.list_by_referrer("ana")
    cloud.commit(Update(replace(link, internal_only=True, revision=link.revision + 1)))


CONTACT = {
    "name": "Robin Prospect",
    "email": "robin@practice.example.org",
    "phone": "+1 212 555 0123",
    "attestation": "yes",
}


# --- who may come in ------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_without_a_session_is_redirected_to_sign_in(cloud: Cloud, page: str) -> None:
    answer = cloud.send("GET", page)
    assert (answer.status, answer.headers["location"]) == (303, "/portal/sign-in")


@pytest.mark.parametrize("form", FORMS)
def test_no_form_works_without_a_session_and_a_csrf_token(browser: Browser, form: str) -> None:
    before = browser.cloud.contents()
    answer = browser.cloud.send("POST", f"/portal/{form}", "mark=x", content_type=FORM)
    assert answer.status == 303
    assert browser.post(form, mark="x").status == 403
    other = form_mark(open_session("referrer", "bo", datetime.now(UTC)), KEY)
    assert browser.post(form, mark=other, **CONTACT, locale="es").status == 403
    assert browser.cloud.contents() == before


def test_an_erased_referrers_session_is_over(browser: Browser) -> None:
    assert browser.get().status == 200
    assert browser.cloud.send("POST", "/v1/referrers/ana/erase", scope="admin").status == 200
    answer = browser.get()
    assert (answer.status, answer.headers["location"]) == (303, "/portal/sign-in")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert browser.post("contact", **CONTACT).status == 303


def test_a_session_that_expired_is_none(furnished: Cloud) -> None:
    past = open_session("referrer", "ana", datetime.now(UTC) - timedelta(days=31))
    cookie = f"__Host-goodword-referrer={write_session(past, KEY)}"
    assert furnished.send("GET", "/portal", cookie=cookie).status == 303


# --- what they see --------------------------------------------------------------------------------


def test_the_page_has_offer_link_and_share_text(browser: Browser) -> None:
    answer = browser.get()
    (link,) = browser.cloud.stores.links.list_by_referrer("ana")
    url = f"https://refer.example.com/r/{link.code}"
    assert answer.status == 200
    assert "Introduce a peer: 50.00\u00a0USD off your bill once they attend a demo." in answer.text
    assert f'value="{url}" readonly' in answer.text
    addresses = [unquote(unescape(href)) for href in re.findall(r'href="([^"]+)"', answer.text)]
    for start in ("mailto:?subject=", "https://wa.me/?text=", "sms:?&body="):
        (address,) = [each for each in addresses if each.startswith(start)]
        assert url in address
        assert "we may get a credit on our bill" in address
    assert any(
        each.startswith("https://www.linkedin.com/") and each.endswith(url) for each in addresses
    )
    assert (
        '<a href="#text-linkedin">Copy the text first: LinkedIn takes only the link.</a>'
        in answer.text
    )
    assert '<textarea id="text-linkedin"' in answer.text
    assert "data:image/svg+xml;base64," in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<h1" in answer.text
    assert answer.text.count("<h1") == 1


def test_every_id_of_the_page_is_there_once(browser: Browser) -> None:
    wait_for_sign_off(browser.cloud)
    for page in (browser.get(), browser.get("/portal/statement")):
        ids = re.findall(r' id="([^"]+)"', page.text)
        assert len(ids) == len(set(ids))
    assert browser.get().text.count("<form") == browser.get().text.count('name="mark"')


def test_the_page_speaks_the_referrers_language(browser: Browser) -> None:
    answer = browser.follow(browser.post("language", locale="es"))
    assert '<html lang="es">' in answer.text
    assert "asistan a una demostración" in answer.text
    assert ana(browser.cloud).locale == "es"
    assert '<html lang="en">' in browser.get("/portal?lang=en").text
    browser.post("language", locale="xx")
    assert ana(browser.cloud).locale == "es"


def test_a_qr_code_is_handed_out_as_a_picture(browser: Browser) -> None:
    answer = browser.get("/portal/qr.png")
    assert (answer.status, answer.media) == (200, "image/png")
    assert answer.body.startswith(b"\x89PNG")
    assert "attachment" in answer.headers["content-disposition"]


def test_a_referrer_of_two_programs_switches_between_them(browser: Browser) -> None:
    second = PROGRAM.replace("program: peers", "program: second").replace("a peer", "a hospital")
    put = browser.cloud.send(
        "PUT",
        "/v1/programs/second",
        second,
        scope="admin",
        content_type="application/yaml",
        if_match='"0"',
    )
    assert put.status in (200, 201), put.text
    browser.cloud.send(
        "POST",
        "/v1/referrers/ana/links",
        scope="crm",
        json={"program": "second"},
        idempotency_key="two",
    )
    first = browser.get().text
    assert 'href="/portal?program=second" aria-current="page">Introduce a hospital</a>' in first
    assert 'href="/portal?program=peers">Introduce a peer</a>' in first
    other = browser.get("/portal?program=peers").text
    assert 'href="/portal?program=peers" aria-current="page">Introduce a peer</a>' in other


@pytest.mark.parametrize(
    ("program", "address"),
    [("peers", "/portal?program=peers"), ("../x&y", "/portal"), ("", "/portal")],
)
def test_a_change_of_the_language_stays_with_the_program(
    browser: Browser, program: str, address: str
) -> None:
    form = browser.get().text.partition('action="/portal/language"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="program" value="peers">' in form
    assert browser.post("language", locale="es", program=program).headers["location"] == address


def test_who_sends_more_forms_than_a_person_would_waits(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodword.http.pages.portal_request.FORMS_A_DAY", 2)
    answers = [browser.post("shown", shown="company") for _ in range(3)]
    assert [each.status for each in answers] == [303, 303, 429]
    assert "Please try again tomorrow." in answers[-1].text
    assert answers[-1].headers["retry-after"] == "3600"


def test_network_like_referrer_ids_share_no_rate_limit(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodword.http.pages.portal_request.FORMS_A_DAY", 1)
    for number in range(3):
        name = f"crm:acme:eu:1:{number}"
        browser.cloud.stores.commit([Insert(replace(ana(browser.cloud), referrer=name))])
        assert Browser(browser.cloud, name).post("language", locale="es").status == 303


def test_errors_use_the_referrers_brand_and_language(
    browser: Browser,
) -> None:
    browser.post("language", locale="es")
    brand = '<span class="brand">Introduce a peer</span>'
    result = browser.post("shown", mark="x")
    assert (result.status, brand in result.text, '<html lang="es">' in result.text) == (
        403,
        True,
        True,
    )
    for cookie, known in ((browser.cookie, True), (f"{browser.cookie}x", False)):
        result = browser.cloud.send(
            "POST", "/portal/shown", "", cookie=cookie, sec_fetch_site="cross-site"
        )
        assert (result.status, brand in result.text, '<html lang="es">' in result.text) == (
            403,
            known,
            known,
        )


def test_who_is_of_no_program_reads_so(furnished: Cloud) -> None:
    answer = Browser(furnished).get()
    assert answer.status == 200
    assert "Nothing to share yet" in answer.text


def test_a_cursor_of_another_list_is_refused(browser: Browser) -> None:
    assert browser.get("/portal?after=bm9uZXNlbnNl").status == 422


def test_the_statement_is_there_to_read_and_as_a_file(browser: Browser) -> None:
    referral = str(browser.cloud.enter().json["referral"])
    credit = browser.cloud.owe(referral, status="posted")
    browser.cloud.commit(
        Update(
            altered(
                credit,
                at=datetime(2027, 3, 15, 2, tzinfo=UTC),
                applied_minor=1500,
                applied_on="1042",
                revision=2,
            )
        )
    )
    page = browser.get("/portal/statement")
    assert "15.00\u00a0USD of 50.00\u00a0USD came off invoice 1042" in page.text
    assert ">March 14, 2027</time>" in page.text, "when it was posted, in the program's days"
    what = '<th role="rowheader" scope="row">they attend a demo</th>'
    assert what in page.text, "what the credit is for, as in the file"
    answer = browser.get("/portal/statement.csv")
    assert answer.text.startswith(MARK), "Excel would garble every accent"
    assert (answer.status, answer.media) == (200, "text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix(MARK)))
    assert (row["Amount"], row["Currency"], row["Used"], row["Invoice"]) == (
        "50.00",
        "USD",
        "15.00",
        "1042",
    )
    assert row["Posted"] == "2027-03-14"
    shown = browser.get().text
    assert "15.00\u00a0USD" in shown
    assert "35.00\u00a0USD" in shown


# --- what they do ---------------------------------------------------------------------------------


def test_a_contact_that_is_handed_over_is_in_the_list(browser: Browser) -> None:
    answer = browser.follow(browser.post("contact", **CONTACT))
    assert "Thank you." in answer.text
    assert "Robin Prospect" in answer.text
    assert "50.00\u00a0USD is yours once they attend a demo." in answer.text
    (referral,) = browser.cloud.stores.referrals.list_by_account("cus_1", 9).items
    assert referral.source == "form"
    assert referral.attestation.startswith("I know this person")


PAUSED = "pause: { from: 2020-02-01, in_flight: continue }\n"
ENDED = "ends: { on: 2020-02-01, in_flight: continue }\n"


@pytest.mark.parametrize(
    ("calendar", "en", "es"),
    [
        (PAUSED, "This program is paused.", "Este programa está en pausa."),
        (ENDED, "This program ended on", "Este programa terminó el"),
    ],
)
def test_a_closed_program_says_so_and_offers_nothing_to_share(
    browser: Browser, calendar: str, en: str, es: str
) -> None:
    browser.cloud.enter()
    assert browser.cloud.apply_program(RICH + calendar, '"2"').status in (200, 201)
    page = browser.get()
    assert page.status == 200
    assert en in page.text
    assert es in browser.get("/portal?lang=es").text
    for gone in ("/r/", "linkedin.com", 'action="/portal/contact', 'action="/portal/link"'):
        assert gone not in page.text
    assert "Robin Prospect" in page.text, "what was introduced before stays"


def test_a_form_from_before_the_pause_returns_its_input(
    browser: Browser,
) -> None:
    browser.cloud.apply_program(RICH + PAUSED, '"2"')
    answer = browser.post("contact", **CONTACT)
    assert answer.status == 409
    assert "This program is paused." in answer.text
    assert "Nothing was sent. What you typed is still here." in answer.text
    for typed in ("Robin Prospect", "robin@practice.example.org"):
        assert f'value="{typed}"' in answer.text
    assert browser.cloud.stores.referrals.list_by_account("cus_1", 9).items == ()
    stored = len(browser.cloud.stores.links.list_by_referrer("ana"))
    link = browser.post("link")
    assert (link.status, "This program is paused." in link.text) == (409, True)
    assert len(browser.cloud.stores.links.list_by_referrer("ana")) == stored


def test_all_errors_of_a_contact_are_reported_at_once(browser: Browser) -> None:
    answer = browser.post("contact", name="", email="robin@", phone="12")
    assert answer.status == 422
    assert "4 fields need a correction." in answer.text
    for field in ("name", "email", "phone", "attestation"):
        assert f'id="{field}-error"' in answer.text
        assert f'<li><a href="#{field}">' in answer.text, "the summary leads to each of them"
    assert re.search(r'<input id="name"[^>]* autofocus', answer.text), (
        "the first of them has the focus"
    )
    assert answer.text.count("autofocus") == 1
    assert 'value="robin@"' in answer.text
    long = browser.post("contact", **{**CONTACT, "name": "x" * 121})
    assert "Please enter at most 120 characters." in long.text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "robin@", "This is not an email address."),
        ("phone", "12", "This is not a phone number."),
        ("name", "", "Please enter their name."),
        ("attestation", "", "without their consent"),
    ],
)
def test_a_field_error_is_beside_its_field_and_keeps_input(
    browser: Browser, field: str, value: str, sentence: str
) -> None:
    answer = browser.post("contact", **{**CONTACT, field: value})
    assert answer.status == 422
    assert f'id="{field}-error">{sentence}'.split(">")[0] in answer.text
    assert sentence in answer.text
    if field != "name":
        assert 'value="Robin Prospect"' in answer.text
    assert browser.cloud.stores.referrals.list_by_account("cus_1", 9).items == ()


def test_only_values_that_the_program_lists_are_accepted(browser: Browser) -> None:
    chosen = RICH.replace(
        "form_fields: [name, email, phone]", "form_fields: [name, email, segment]"
    ).replace("qualifies: { stage: demo_attended }", "qualifies: { segment: [private_practice] }")
    assert browser.cloud.apply_program(chosen, '"2"').status in (200, 201)
    assert '<option value="private_practice">Private practice</option>' in browser.get().text
    bad = browser.post("contact", **CONTACT, segment="anything")
    assert bad.status == 422
    assert "Please choose one." in bad.text
    assert browser.post("contact", **CONTACT, segment="private_practice").status == 303
    (referral,) = browser.cloud.stores.referrals.list_by_account("cus_1", 9).items
    assert referral.prospect.said == {"segment": "private_practice"}


def test_an_already_introduced_contact_is_thanked_for_too(browser: Browser) -> None:
    browser.cloud.enroll(referrer="bo", email="bo@example.com", name="Bo")
    browser.cloud.enter(referrer="bo")
    answer = browser.follow(browser.post("contact", **CONTACT))
    assert "unless someone else introduced this person first" in answer.text
    assert "Robin Prospect" not in answer.text


def test_who_has_no_link_makes_one_with_one_press(browser: Browser) -> None:
    (link,) = browser.cloud.stores.links.list_by_referrer("ana")
    browser.cloud.commit(Update(replace(link, paused=True, revision=link.revision + 1)))
    assert "Create my link" in browser.get().text
    assert browser.get("/portal/qr.png").status == 404
    answer = browser.follow(browser.post("link"))
    assert "Here is your link." in answer.text
    browser.post("link")
    assert len(browser.cloud.stores.links.list_by_referrer("ana")) == 2


def test_what_is_shown_of_a_referrer_is_theirs_to_say(browser: Browser) -> None:
    browser.follow(browser.post("shown", shown="company"))
    assert ana(browser.cloud).shown == "company"
    assert browser.post("shown", shown="everything").status == 422


def test_a_story_is_stored_and_an_oversized_one_returned(browser: Browser) -> None:
    fields = {"story-text": "From 40 to 12 minutes.", "publish": "yes"}
    assert "From 40 to 12 minutes." in browser.follow(browser.post("story", **fields)).text
    assert ana(browser.cloud).story_shown
    long = "x" * 401
    answer = browser.post("story", **{"story-text": long})
    assert answer.status == 422
    assert long in answer.text
    assert ana(browser.cloud).story == "From 40 to 12 minutes."


def test_an_oversized_story_keeps_its_checkbox(browser: Browser) -> None:
    browser.post("story", **{"story-text": "From 40 to 12 minutes.", "publish": "yes"})
    form = browser.post("story", **{"story-text": "x" * 2000}).text
    box = form[form.index('name="publish"') - 80 : form.index('name="publish"') + 80]
    assert "checked" not in box


# --- sign-off -------------------------------------------------------------------------------------


def test_without_a_sign_off_everything_is_internal_only(browser: Browser) -> None:
    wait_for_sign_off(browser.cloud)
    answer = browser.get()
    assert "for colleagues in your company" in answer.text
    assert "linkedin" not in answer.text.lower()
    assert 'action="/portal/contact' not in answer.text
    assert browser.post("contact", **CONTACT).status == 403
    assert browser.post("shown", shown="name").status == 403


def ask(browser: Browser, **fields: str) -> Answer:
    given = {"shown": "name", "earns": "yes", "approver": "chief@referrer.example", **fields}
    return browser.post("sign-off", **given)


def test_an_approver_is_asked_with_one_press(browser: Browser) -> None:
    wait_for_sign_off(browser.cloud)
    answer = browser.follow(ask(browser))
    assert "We have emailed your approver." in answer.text
    assert "You asked on" in answer.text
    token = browser.cloud.stores.tokens.get(ana(browser.cloud).asked)
    assert token is not None
    assert token.data["email"] == "chief@referrer.example"
    (mail,) = browser.cloud.stores.mails.since(f"token#{token.token}", "0", 9)
    assert mail.kind == "sign_off"
    assert isinstance(mail, Mail)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("approver", "chief@other.example", "the address of a colleague"),
        ("approver", "", "the address of a colleague"),
        ("shown", "all", "Please choose what may be shown."),
        ("earns", "", "Please choose whether"),
    ],
)
def test_a_question_that_is_not_right_is_given_back(
    browser: Browser, field: str, value: str, sentence: str
) -> None:
    wait_for_sign_off(browser.cloud)
    answer = ask(browser, **{field: value})
    assert answer.status == 422
    assert sentence in answer.text
    assert ana(browser.cloud).asked == ""


def test_mails_to_one_mailbox_are_limited(browser: Browser) -> None:
    wait_for_sign_off(browser.cloud)
    assert [ask(browser).status for _ in range(6)] == [303] * 5 + [429]


# --- what comes from outside is text --------------------------------------------------------------


@pytest.mark.parametrize("payload", PAYLOADS)
def test_every_name_is_shown_as_text(browser: Browser, payload: str) -> None:
    cloud = browser.cloud
    name = f"a{payload}"
    change(cloud, name=name, company=payload, story=payload)
    browser.post("contact", **{**CONTACT, "name": name})
    for answer in (
        browser.get(),
        browser.get("/portal/statement"),
        browser.get("/portal?notice=" + payload),
    ):
        assert answer.status == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "1337" not in answer.text
        assert 'href="javascript:' not in answer.text
    assert unescape(browser.get().text).count(name) >= 1
    bad = browser.post("contact", **{**CONTACT, "email": payload})
    assert bad.status == 422
    assert "<script>alert" not in bad.text
    assert "<img src=x" not in bad.text


def test_no_cell_of_the_statement_is_a_formula(browser: Browser) -> None:
    evil = RICH.replace("name: Introduce a peer", 'name: "=1+1"')
    assert browser.cloud.apply_program(evil, '"2"').status in (200, 201)
    referral = str(browser.cloud.enter().json["referral"])
    credit = browser.cloud.owe(referral, status="posted")
    used = altered(credit, version=3, applied_minor=1, applied_on="@SUM(1)", revision=2)
    browser.cloud.commit(Update(used))
    (row,) = csv.DictReader(
        io.StringIO(browser.get("/portal/statement.csv").text.removeprefix(MARK))
    )
    assert (row["Program"], row["Invoice"]) == ("'=1+1", "'@SUM(1)")


def test_links_are_not_shared_across_referrers(browser: Browser) -> None:
    browser.cloud.enroll(referrer="bo", email="bo@example.com", name="Bo")
    (link,) = browser.cloud.stores.links.list_by_referrer("ana")
    assert isinstance(link, Link)
    answer = Browser(browser.cloud, "bo").get()
    assert link.code not in answer.text
