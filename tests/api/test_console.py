"""The staff's pages: what is shown, what is possible, and how few presses it takes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest

from goodword.domain.access.session import open_session, write_session
from goodword.domain.access.staff import MAY, RIGHTS, ROLES, Role, Staff, person_of
from goodword.domain.credits.credit import Credit, Status
from goodword.domain.event import Event
from goodword.domain.reason import Reason
from goodword.domain.timeline import Entry, referral_subject
from goodword.ports.writes import Insert, Update
from tests.api.cloud import Cloud
from tests.api.gateway import Answer
from tests.world import PROSPECT, SECRETS

SAM = "sam@example.com"
FORM = "application/x-www-form-urlencoded"
KEY = SECRETS["keys/sessions"]
DECISIONS = [right for right in RIGHTS if right != "look"]
STATUS: dict[str, Status] = {"approve": "held", "cancel": "held", "reverse": "posted"}
PATHS = (
    "/staff",
    "/staff/referrers",
    "/staff/referrers/ana",
    "/staff/referrals",
    "/staff/referrals/{referral}",
    "/staff/credits",
    "/staff/credits?status=posted",
    "/staff/unmatched",
)


class Browser:
    """One person of the staff in a browser, with the forms of the page that is open. presses.

    So far.
    """

    def __init__(
        self, cloud: Cloud, role: Role = "finance", email: str = SAM, language: str = "en"
    ) -> None:
        self.cloud = cloud
        self.language = language
        self.presses = 0
        self.staff = Staff(
            person_of(SECRETS["keys/identities"], email), email, role, datetime.now(UTC)
        )
        cloud.commit(Insert(self.staff))
        self.cookie = write_session(
            open_session("staff", self.staff.person, datetime.now(UTC)), KEY
        )
        self.page = ""

    def get(self, path: str) -> Answer:
        return self._kept(self._send("GET", path))

    def post(self, path: str, **fields: str) -> Answer:
        """Send a form of the open page, with its mark."""
        return self._kept(self.send_form(path, **fields))

    def send_form(self, path: str, **fields: str) -> Answer:
        """Send a form of the open page, with its mark, and follow no answer."""
        mark = re.search(r'name="mark" value="([^"]+)"', self.page)
        given = {"mark": mark[1] if mark else "", **fields}
        return self._send("POST", path, urlencode(given), content_type=FORM)

    def search(self, text: str) -> Answer:
        """Type into the search of the open page and press its button."""
        self.presses += 1
        return self.post("/staff/search", q=text)

    def click(self, text: str) -> Answer:
        """Follow the first link of this text."""
        self.presses += 1
        links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', self.page, re.DOTALL)
        found = [href for href, inner in links if text in unescape(re.sub(r"<[^>]+>", "", inner))]
        return self.get(unescape(found[0]))

    def _send(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        target = path.partition("#")[0]
        cookie = f"__Host-goodword-staff={self.cookie}"
        return self.cloud.send(
            method, target, body, cookie=cookie, accept_language=self.language, **headers
        )

    def _kept(self, answer: Answer) -> Answer:
        while answer.status == 303:
            answer = self._send("GET", answer.headers["location"])
        self.page = answer.text
        return answer


def text_of(answer: Answer) -> str:
    """Return what a person reads on a page."""
    bare = re.sub(r"(?s)<(script|style|head).*?</\1>|<[^>]+>", " ", answer.text)
    return " ".join(unescape(bare).replace("\u00a0", " ").split())


def refer(cloud: Cloud, **other: object) -> str:
    answer = cloud.enter(**other)
    assert answer.status in (200, 201), answer.text
    return str(answer.json["referral"])


def owe(cloud: Cloud, referral: str, status: Status = "held") -> Credit:
    """Let the referral have earned a credit of this status."""
    credit = cloud.owe(referral, f"cr_{referral}_demo", status)
    stored = cloud.stores.referrals.get(referral)
    assert stored is not None
    reasons = (Reason("new_customer"),)
    state = replace(stored.milestone("demo"), answer="met", credit=credit.credit, reasons=reasons)
    cloud.commit(Update(replace(stored.with_milestone(state), revision=stored.revision + 1)))
    return credit


# --- who may come in ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_every_page_requires_a_session(furnished: Cloud, path: str) -> None:
    target = path.format(referral="rf_1")
    for cookie in ("", "__Host-goodword-staff=staff~me~99999999999~" + "x" * 24):
        answer = furnished.send("GET", target, cookie=cookie)
        assert (answer.status, answer.headers["location"]) == (303, "/staff/sign-in")


def test_a_referrers_session_opens_no_console_page(furnished: Cloud) -> None:
    session = write_session(open_session("referrer", "ana", datetime.now(UTC)), KEY)
    for name in ("__Host-goodword-staff", "__Host-goodword-referrer"):
        assert furnished.send("GET", "/staff", cookie=f"{name}={session}").status == 303


def test_who_was_let_out_is_out_at_the_next_request(furnished: Cloud) -> None:
    browser = Browser(furnished)
    assert browser.get("/staff").status == 200
    furnished.send("POST", "/v1/staff/remove", scope="admin", json={"email": SAM})
    answer = browser._send("GET", "/staff")
    assert (answer.status, answer.headers["location"]) == (303, "/staff/sign-in")
    assert "Max-Age=0" in str(answer.headers)


def test_an_expired_session_redirects_to_sign_in(furnished: Cloud) -> None:
    browser = Browser(furnished)
    then = datetime.now(UTC) - timedelta(hours=13)
    browser.cookie = write_session(open_session("staff", browser.staff.person, then), KEY)
    assert browser._send("GET", "/staff").status == 303


# --- from a name to why ---------------------------------------------------------------------------


def test_one_search_and_click_explain_an_unpaid_prospect(
    furnished: Cloud,
) -> None:
    referral = refer(furnished)
    owe(furnished, referral)
    browser = Browser(furnished, "success")
    browser.get("/staff")
    browser.search("robin")
    answer = browser.click("Robin Prospect")
    assert browser.presses == 2
    result = text_of(answer)
    assert (
        "Why has this not been paid? 50.00 USD is earned and not paid: it needs a decision"
        in result
    )
    assert result.index("Why has this not been paid?") < result.index("Timeline")


def test_one_search_and_click_explain_an_unpaid_referrer(furnished: Cloud) -> None:
    owe(furnished, refer(furnished))
    browser = Browser(furnished, "read")
    browser.get("/staff/credits")
    browser.search("ANA exa")
    answer = browser.click("Ana Example")
    assert browser.presses == 2
    assert "Robin Prospect" in text_of(answer)
    assert "50.00 USD is earned and not paid: it needs a decision" in text_of(answer)


def test_an_id_leads_straight_to_its_page(furnished: Cloud) -> None:
    referral = refer(furnished)
    credit = owe(furnished, referral)
    browser = Browser(furnished)
    browser.get("/staff")
    for text in (referral, credit.credit):
        assert "<h1>Robin Prospect</h1>" in browser.search(text).text
    assert "<h1>Ana Example</h1>" in browser.search("ana@referrer.example").text or browser.click(
        "Ana"
    )


def test_an_empty_search_result_says_what_to_try(furnished: Cloud) -> None:
    browser = Browser(furnished)
    browser.get("/staff")
    assert "Try the beginning of the name" in text_of(browser.search("unknown at all"))
    assert "at least three letters" in text_of(browser.search("xy"))
    assert browser.search("").status == 200


def test_what_is_searched_for_is_in_no_address(furnished: Cloud) -> None:
    browser = Browser(furnished)
    browser.get("/staff")
    form = re.search(r'<form class="search[^>]*>', browser.page)
    assert form is not None
    assert 'method="post"' in form[0]
    assert furnished.send("GET", "/staff/search?q=robin").status == 404


# --- what a role may ------------------------------------------------------------------------------


@pytest.mark.parametrize("right", DECISIONS)
@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_not_is_neither_shown_nor_possible(
    furnished: Cloud, role: Role, right: str
) -> None:
    referral = refer(furnished)
    credit = owe(furnished, referral, STATUS[right])
    browser = Browser(furnished, role)
    page = browser.get(f"/staff/referrals/{referral}")
    action = f"/staff/credits/{credit.credit}/{right}"
    assert (f'action="{action}"' in page.text) is (right in MAY[role])
    before = furnished.contents()
    answer = browser.post(action, reason="It is right.")
    if right in MAY[role]:
        assert answer.status == 200
        assert furnished.contents() != before
    else:
        assert answer.status == 403
        assert furnished.contents() == before


@pytest.mark.parametrize("role", ROLES)
def test_every_role_may_look_at_every_page(furnished: Cloud, role: Role) -> None:
    referral = refer(furnished)
    owe(furnished, referral)
    browser = Browser(furnished, role)
    for path in PATHS:
        answer = browser.get(path.format(referral=referral))
        assert answer.status == 200, path
        assert answer.text.count("<h1") == 1


# --- decisions ------------------------------------------------------------------------------------


def test_a_decision_is_confirmed_and_recorded_with_its_reason(
    furnished: Cloud,
) -> None:
    referral = refer(furnished)
    credit = owe(furnished, referral)
    browser = Browser(furnished)
    browser.get(f"/staff/referrals/{referral}")
    answer = browser.post(f"/staff/credits/{credit.credit}/approve", reason="I called them.")
    assert "Approved. It is on the timeline." in text_of(answer)
    assert "I called them. " in text_of(answer)
    assert SAM in text_of(answer).partition("I called them.")[2]
    story = furnished.send("GET", f"/v1/referrals/{referral}", scope="read").json
    last = story["timeline"][-1]
    assert last["actor"] == f"staff {browser.staff.person}"
    assert last["sentence"].endswith("I called them.")
    assert SAM not in str(story)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_an_invalid_reason_returns_the_form_with_its_input(furnished: Cloud, reason: str) -> None:
    referral = refer(furnished)
    credit = owe(furnished, referral)
    browser = Browser(furnished)
    browser.get(f"/staff/referrals/{referral}")
    before = furnished.contents()
    answer = browser.post(f"/staff/credits/{credit.credit}/cancel", reason=reason)
    assert answer.status == 422
    assert "Say in a few words why" in answer.text
    assert "<details open>" in answer.text
    assert reason.strip() in answer.text
    assert without_visits(furnished.contents()) == without_visits(before)


def without_visits(contents: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: rows for name, rows in contents.items() if not name.endswith("-visits")}


def test_a_decision_taken_meanwhile_changes_nothing_and_is_reported(
    furnished: Cloud,
) -> None:
    referral = refer(furnished)
    credit = owe(furnished, referral)
    browser = Browser(furnished)
    browser.get(f"/staff/referrals/{referral}")
    browser.post(f"/staff/credits/{credit.credit}/cancel", reason="It is wrong.")
    before = furnished.contents()
    answer = browser.post(f"/staff/credits/{credit.credit}/approve", reason="It is right.")
    assert answer.status == 409
    assert "Nothing was changed" in text_of(answer)
    assert without_visits(furnished.contents()) == without_visits(before)


def test_a_credit_the_account_may_not_receive_is_not_approved(
    furnished: Cloud,
) -> None:
    referral = refer(furnished)
    credit = owe(furnished, referral)
    browser = Browser(furnished)
    approve = f"/staff/credits/{credit.credit}/approve"
    assert approve in browser.get(f"/staff/referrals/{referral}").text
    referrer = furnished.stores.referrers.get(credit.referrer)
    assert referrer is not None
    declined = replace(referrer, earns="no", revision=referrer.revision + 1)
    furnished.commit(Update(declined))
    answer = browser.post(approve, reason="It is right.")
    assert answer.status == 409
    assert "Nothing was changed: this account is to receive no credits. Cancel it." in text_of(
        answer
    )
    assert approve not in answer.text
    assert f"/staff/credits/{credit.credit}/cancel" in answer.text


@pytest.mark.parametrize("mark", ["", "x" * 24, "ключ"])
def test_a_form_of_another_site_decides_nothing(furnished: Cloud, mark: str) -> None:
    referral = refer(furnished)
    credit = owe(furnished, referral)
    browser = Browser(furnished, "admin")
    before = furnished.contents()
    for path in (f"/staff/credits/{credit.credit}/approve", "/staff/search"):
        body = urlencode({"mark": mark, "reason": "It is right.", "q": "robin"})
        answer = browser._send("POST", path, body, content_type=FORM)
        assert answer.status == 403
        assert "Robin" not in answer.text
    assert furnished.contents() == before


def test_get_requests_decide_nothing_and_unknown_decisions_are_not_found(
    furnished: Cloud,
) -> None:
    referral = refer(furnished)
    credit = owe(furnished, referral)
    browser = Browser(furnished, "admin")
    browser.get("/staff")
    before = furnished.contents()
    assert browser._send("GET", f"/staff/credits/{credit.credit}/approve").status == 404
    for path in (f"/staff/credits/{credit.credit}/look", "/staff/credits/cr_none/approve"):
        browser.get("/staff")
        assert browser.post(path, reason="It is right.").status == 404
    assert furnished.contents() == before


# --- what is shown --------------------------------------------------------------------------------


def test_the_page_shows_owner_verdicts_and_reasons(furnished: Cloud) -> None:
    furnished.send(
        "POST",
        "/v1/referrers",
        scope="crm",
        json={
            **{"referrer": "kim", "account": "cus_KIM", "name": "Kim", "email": "kim@example.com"},
            **{"rep": "rep-7", "group": "north"},
        },
    )
    referral = refer(furnished, referrer="kim")
    result = text_of(Browser(furnished, "sales").get(f"/staff/referrals/{referral}"))
    assert "Owner rep-7 (north)" in result
    assert "For sales demo: Not yet: nothing is known yet." in result
    assert "For finance Nothing is owed for demo yet; 50.00 USD would be." in result
    assert "Not paid for demo yet: the CRM has reported nothing about this prospect." in result


def test_an_erased_prospect_is_shown_without_the_person(furnished: Cloud) -> None:
    referral = refer(furnished)
    furnished.send("POST", f"/v1/referrals/{referral}/erase", scope="admin")
    browser = Browser(furnished)
    answer = browser.get(f"/staff/referrals/{referral}")
    assert "A person whose data was erased" in text_of(answer)
    assert PROSPECT["email"] not in answer.text
    for text in ("robin", PROSPECT["email"]):
        assert "Nothing found" in text_of(browser.search(text))


def test_a_list_goes_on_where_its_page_ended(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodword.steps.decisions.serve_console.PAGE", 2)
    for number in range(3):
        refer(furnished, name=f"Robin {number}", email=f"r{number}@p{number}.example.org", phone="")
    browser = Browser(furnished)
    first = text_of(browser.get("/staff/referrals"))
    second = text_of(browser.click("Older ones"))
    seen = [number for page in (first, second) for number in range(3) if f"Robin {number}" in page]
    assert sorted(seen) == [0, 1, 2]
    assert browser.get("/staff/referrals?after=forged").status == 422


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}} a"]
)
def test_markup_in_a_name_is_text_on_every_page(furnished: Cloud, name: str) -> None:
    referral = refer(furnished, name=name, company=name)
    credit = owe(furnished, referral)
    browser = Browser(furnished)
    for path in PATHS:
        page = browser.get(path.format(referral=referral)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49 a" not in page
    for text in (name, "script", "img"):
        page = browser.search(text).text
        assert "<script>alert" not in page
        assert "<img" not in page
    typed = browser.post(f"/staff/credits/{credit.credit}/cancel", reason=name * 40)
    assert typed.status == 422
    assert "<script>alert" not in typed.text


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_no_other_host_and_is_not_cached(furnished: Cloud, path: str) -> None:
    referral = refer(furnished)
    owe(furnished, referral)
    answer = Browser(furnished).get(path.format(referral=referral))
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert re.findall(r'(?:src|href|action)="(?!/|#|data:,)[^"]*"', answer.text) == []
    assert len(answer.body) < 50_000


@pytest.mark.parametrize("path", PATHS)
def test_a_page_speaks_spanish_to_who_reads_it(furnished: Cloud, path: str) -> None:
    referral = refer(furnished)
    owe(furnished, referral)
    answer = Browser(furnished, language="es-MX,es;q=0.9").get(path.format(referral=referral))
    assert '<html lang="es">' in answer.text
    for part in ("Referrers", "Search", "Signed in as", "Sign out", "Nothing waits", "Older ones"):
        assert part not in text_of(answer)


def test_verdicts_and_first_contact_are_wholly_in_spanish(furnished: Cloud) -> None:
    referral = refer(furnished)
    browser = Browser(furnished, language="es")
    answer = browser.get(f"/staff/referrals/{referral}")
    result = text_of(answer)
    assert re.findall(r'<(?!button)[^>]* lang="en"', answer.text) == []  # the button is the switch
    assert "demostración: todavía no: todavía no se sabe nada." in result
    assert "Todavía no se debe nada por «demostración»; serían 50,00 USD." in result
    assert "nos dio su nombre el" in result
    owe(furnished, referral)
    sentence = "50,00 USD por «demostración» requieren una decisión: falta la aprobación"
    assert sentence in text_of(browser.get(f"/staff/referrals/{referral}"))


def test_unmatched_events_are_listed_with_their_reason(furnished: Cloud) -> None:
    from goodword.domain.crm_copy.delivery import Unmatched
    from goodword.domain.crm_copy.fact import CrmEvent, ObjectRef

    at = datetime.now(UTC)
    deal = ObjectRef("crm", "deal", "77")
    change = CrmEvent(deal, "stage", "won", at)
    furnished.commit(
        Insert(Unmatched(f"object#{deal}", "d1#0", "crm", change, at, (f"object#{deal}",)))
    )
    browser = Browser(furnished)
    for path in ("/staff", "/staff/unmatched"):
        result = text_of(browser.get(path))
        assert "deal 77" in result
        assert "no contact with an e-mail address" in result


def test_the_timeline_of_another_person_who_left_names_them_still(furnished: Cloud) -> None:
    referral = refer(furnished)
    at = datetime.now(UTC)
    kim = Staff("7" * 40, "kim@example.com", "admin", at, revoked=True)
    entry = Entry(referral_subject(referral), "peers", "9999#x", at, Event("erased"), kim.actor)
    furnished.commit(Insert(kim), Insert(entry))
    assert "kim@example.com" in text_of(Browser(furnished).get(f"/staff/referrals/{referral}"))


def test_the_console_keeps_the_chosen_language(furnished: Cloud) -> None:
    browser = Browser(furnished)
    referral = str(furnished.enter().json["referral"])
    open_page = f"/staff/referrals/{referral}"
    assert "The referral was received: entered by the sales team." in browser.get(open_page).text
    answer = browser.send_form("/staff/language", locale="es", back=open_page)
    assert (answer.status, answer.headers["location"]) == (303, open_page)
    kept, _, how = answer.headers["set-cookie"].partition(";")
    assert (kept, "Path=/staff;" in how, "Secure" in how) == ("goodword-language=es", True, True)
    cookie = f"__Host-goodword-staff={browser.cookie}; {kept}"
    page = furnished.send("GET", open_page, cookie=cookie, accept_language="en")
    assert '<html lang="es">' in page.text
    assert "Recomendación recibida: anotada por el equipo de ventas." in page.text
    assert '<html lang="es">' in furnished.send("GET", "/staff/sign-in", cookie=kept).text


def test_console_errors_are_shown_on_a_console_page(furnished: Cloud) -> None:
    answer = Browser(furnished).get("/staff/referrers/unknown")
    assert (answer.status, '<span class="brand">Goodword</span>' in answer.text) == (404, True)


def test_changing_the_language_keeps_the_lists_status(furnished: Cloud) -> None:
    browser = Browser(furnished)
    hidden_field = '<input type="hidden" name="back" value="{}">'.format
    assert (
        hidden_field("/staff/credits?status=posted")
        in browser.get("/staff/credits?status=posted").text
    )
    answer = browser.send_form("/staff/language", locale="es", back="/staff/credits?status=posted")
    assert (answer.status, answer.headers["location"]) == (303, "/staff/credits?status=posted")
    assert hidden_field("/staff/credits") in browser.get("/staff/credits").text


@pytest.mark.parametrize(
    "back",
    [
        "/staff/credits?status=x&lang=es",
        "//evil.example",
        "https://evil.example",
        "/portal",
        "/staff/../r/x",
        "",
    ],
)
def test_a_change_of_the_language_leads_nowhere_else(furnished: Cloud, back: str) -> None:
    browser = Browser(furnished)
    browser.get("/staff")
    answer = browser.send_form("/staff/language", locale="xx", back=back)
    assert (answer.status, answer.headers["location"]) == (303, "/staff")
    assert "set-cookie" not in answer.headers
