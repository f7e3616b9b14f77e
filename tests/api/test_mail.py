"""From an invitation to a session over the gateway: pages, one-time links, mails.

What scanners do.
"""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from html import unescape
from typing import Any

import pytest

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.session import form_mark, open_session, read_session, write_session
from goodword.domain.access.staff import Staff, person_of
from goodword.domain.access.token import check_token_text
from goodword.domain.identity import token_recipient
from goodword.domain.mails.mail import GROUPED
from goodword.http import wiring
from goodword.ports.writes import Insert
from goodword.steps.access.spend_token import mint_token
from goodword.steps.mails.queue_mail import new_mail
from tests.api.cloud import Cloud
from tests.api.gateway import Answer
from tests.world import PROGRAM, SECRETS

ROBIN = {
    "account": "cus_7",
    "name": "Robin Roe",
    "email": "robin@clinic.example.org",
    "company": "Clinic",
    "currency": "USD",
    "crm_id": "crm-7",
}
FORM = "application/x-www-form-urlencoded"
URL = SECRETS["public_url"]


def invite(cloud: Cloud, *contacts: dict[str, Any], **wish: Any) -> Answer:
    body = {"program": "peers", "contacts": list(contacts or (ROBIN,)), **wish}
    return cloud.send("POST", "/v1/invitations", scope="crm", json=body)


def link_of(cloud: Cloud, **wish: Any) -> str:
    """Invite Robin and return the path of the link."""
    link: str = invite(cloud, **wish).json["invitations"][0]["link"]
    return link.removeprefix(URL)


def press(cloud: Cloud, path: str, fields: str = "", **headers: str) -> Answer:
    return cloud.send("POST", path, fields, content_type=FORM, **headers)


def links_in(letter: EmailMessage) -> set[str]:
    """Return the paths of all links that a mail has, in its parts and its headers."""
    parts = [str(part.get_content()) for part in letter.walk() if not part.is_multipart()]
    texts = [*(unescape(part) for part in parts), str(letter["List-Unsubscribe"] or "")]
    return {
        found.removeprefix(URL) for text in texts for found in re.findall(rf"{URL}[^\s\"<>]*", text)
    }


def heading(answer: Answer) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found is not None, answer.text
    return unescape(found[1])


# --- invitations ----------------------------------------------------------------------------------


def test_contacts_are_invited_with_a_link_each(furnished: Cloud) -> None:
    other = {**ROBIN, "email": "sam@clinic.example.org", "crm_id": "crm-8"}
    answer = invite(furnished, ROBIN, other)
    assert answer.status == 200
    result = answer.json["invitations"]
    assert [each["came"] for each in result] == ["invited", "invited"]
    assert [each["crm_id"] for each in result] == ["crm-7", "crm-8"]
    assert all(each["link"].startswith(f"{URL}/i/tk_") for each in result)
    assert "clinic" not in result[0]["link"]


def test_one_contact_in_conflict_holds_up_no_other(furnished: Cloud) -> None:
    conflict = {**ROBIN, "referrer": "ana"}
    result = invite(furnished, conflict, {**ROBIN, "email": "sam@clinic.example.org"}).json[
        "invitations"
    ]
    assert result[0]["problem"]["status"] == 409
    assert result[1]["came"] == "invited"


@pytest.mark.parametrize(
    ("contacts", "where"),
    [
        ([], "contacts"),
        ({}, "contacts"),
        (["Robin"], "contacts[0]"),
        ([{**ROBIN, "email": "no address"}], "contacts[0].email"),
        ([ROBIN, {**ROBIN, "color": "red"}], "contacts[1].color"),
        ([ROBIN] * 51, "contacts"),
    ],
)
def test_an_invalid_contact_is_named_and_not_invited(
    furnished: Cloud, contacts: Any, where: str
) -> None:
    body = {"program": "peers", "contacts": contacts}
    problem = furnished.refused(422, "POST", "/v1/invitations", scope="crm", json=body)
    assert problem["where"] == where


def test_inviting_needs_the_scope_and_a_program_that_is_there(furnished: Cloud) -> None:
    body = {"program": "peers", "contacts": [ROBIN]}
    furnished.refused(403, "POST", "/v1/invitations", scope="read", json=body)
    furnished.refused(404, "POST", "/v1/invitations", scope="crm", json={**body, "program": "none"})


# --- the key that signs ---------------------------------------------------------------------------


def test_old_signatures_hold_until_the_old_key_is_forgotten(
    furnished: Cloud,
) -> None:
    invite(furnished)
    furnished.sweep_mails()
    paths = {each.split("/")[1]: each for each in links_in(furnished.letters()[0])}
    session = open_session("referrer", "ana", wiring.utc_now())
    old = SECRETS["keys/sessions"]
    cookie = f"__Host-goodword-referrer={write_session(session, old)}"
    language = f"mark={form_mark(session, old)}&locale=es"

    def still_opens() -> list[int]:
        return [
            furnished.send("GET", paths["i"]).status,
            furnished.send("GET", paths["unsubscribe"]).status,
            furnished.send("GET", "/portal", cookie=cookie).status,
            press(furnished, "/portal/language", language, cookie=cookie).status,
        ]

    assert still_opens() == [200, 200, 200, 303]
    for ring in (f"{old} +coming", f"coming {old}"):
        furnished.change_secret("keys/sessions", ring)
        assert still_opens() == [200, 200, 200, 303], ring
    fresh = link_of(furnished, again=True).rpartition("/")[2]
    assert check_token_text(fresh, "invitation", Keyring(("coming",)), wiring.utc_now())
    signed = press(furnished, paths["i"], "version=1").headers["set-cookie"].partition(";")[0]
    assert read_session(
        signed.partition("=")[2], "referrer", Keyring(("coming",)), wiring.utc_now()
    )
    furnished.change_secret("keys/sessions", "coming")
    assert [furnished.send("GET", paths[each]).status for each in ("i", "unsubscribe")] == [
        401,
        401,
    ]
    assert furnished.send("GET", "/portal", cookie=cookie).headers["location"] == "/portal/sign-in"
    assert furnished.send("GET", "/portal", cookie=signed).status == 200


# --- accept ---------------------------------------------------------------------------------------


def test_from_the_mail_to_the_portal_it_is_one_press(furnished: Cloud) -> None:
    invite(furnished)
    assert furnished.sweep_mails()["came"] == {"sent": 1}
    (letter,) = furnished.letters()
    (path,) = {each for each in links_in(letter) if each.startswith("/i/")}
    page = furnished.send("GET", path)
    assert page.status == 200
    assert "Robin Roe" in page.text
    assert "50.00\u00a0USD once they attend a demo" in page.text
    assert page.text.count("<button>") == 1
    done = press(furnished, path, "version=1")
    assert (done.status, done.headers["location"]) == (303, "/portal")
    cookie = done.headers["set-cookie"]
    for part in ("__Host-goodword-referrer=", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age="):
        assert part in cookie
    enrolled = furnished.send("GET", f"/v1/referrers/{_referrer(furnished)}", scope="read").json
    assert (enrolled["email"], enrolled["terms"]) == (ROBIN["email"], ["peers@1"])
    assert len(enrolled["links"]) == 1


def _referrer(cloud: Cloud) -> str:
    return str(invite(cloud, mail=False).json["invitations"][0]["referrer"])


def test_a_second_use_says_so_and_offers_a_fresh_mail(furnished: Cloud) -> None:
    path = link_of(furnished, mail=False)
    press(furnished, path, "version=1")
    for answer in (furnished.send("GET", path), press(furnished, path, "version=1")):
        assert answer.status == 410
        assert heading(answer) == "This link has already been used"
        assert f'action="{path}/again?lang=en"' in answer.text
        assert "set-cookie" not in answer.headers
    assert heading(press(furnished, f"{path}/again")) == "A new email is on its way"
    assert furnished.sweep_mails()["came"] == {"sent": 1}
    assert furnished.letters()[0]["Subject"] == "Your sign-in link"


@pytest.mark.parametrize(
    ("calendar", "result", "button"),
    [
        ("starts: 2099-01-01", "This program starts on January 1, 2099.", True),
        ("pause: { from: 2020-02-01, in_flight: wait }", "This program is paused.", True),
        (
            "ends: { on: 2020-02-01, in_flight: close }",
            "This program ended on February 1, 2020.",
            False,
        ),
    ],
)
def test_an_invitation_to_a_closed_program_says_so_first(
    furnished: Cloud, calendar: str, result: str, button: bool
) -> None:
    path = link_of(furnished)
    text = PROGRAM.replace("starts: 2020-01-01\n", "") if "starts" in calendar else PROGRAM
    assert furnished.apply_program(f"{text}{calendar}\n", '"1"').status == 200
    page = furnished.send("GET", path)
    assert page.status == 200
    assert result in page.text
    assert ("<form" in page.text) is button
    assert ("50.00" in page.text) is button, "what is over promises nothing"
    pressed = press(furnished, path, "version=2")
    assert pressed.status == (303 if button else 409)
    assert (result in pressed.text) is not button


def test_an_expired_invitation_is_friendly_and_can_be_had_again(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = link_of(furnished, mail=False)
    later = wiring.utc_now() + timedelta(days=31)
    monkeypatch.setattr(wiring, "utc_now", lambda: later)
    answer = furnished.send("GET", path)
    assert (answer.status, heading(answer)) == (410, "This invitation has expired")
    press(furnished, f"{path}/again")
    assert furnished.sweep_mails()["came"] == {"sent": 1}
    fresh = {each for each in links_in(furnished.letters()[0]) if each.startswith("/i/")}
    assert fresh != {path}
    assert furnished.send("GET", fresh.pop()).status == 200


@pytest.mark.parametrize(
    "path", ["/i/tk_1", "/i/tk_abc.9999999999.aaaaaaaaaaaaaaaaaaaaaaaa", "/i/%3Cscript%3E"]
)
def test_a_forged_invitation_gets_a_friendly_page_and_enrolls_none(
    furnished: Cloud, path: str
) -> None:
    before = furnished.contents()
    for answer in (furnished.send("GET", path), press(furnished, path, "version=1")):
        assert answer.status == 401
        assert heading(answer) == "This link is not complete"
    assert furnished.contents() == before


def test_terms_that_changed_are_shown_before_they_are_accepted(furnished: Cloud) -> None:
    path = link_of(furnished, mail=False)
    answer = press(furnished, path, "version=7")
    assert answer.status == 409
    assert "The terms have changed" in answer.text
    assert press(furnished, path, "version=1").status == 303


def test_the_page_speaks_the_readers_language(furnished: Cloud) -> None:
    furnished.apply_program(
        PROGRAM_IN_SPANISH,
        furnished.send("GET", "/v1/programs/peers", scope="read").headers["etag"],
    )
    path = link_of(furnished, mail=False)
    page = furnished.send("GET", path, accept_language="es-MX,es;q=0.9")
    assert '<html lang="en">' in page.text  # what the record says of them comes first
    page = furnished.send("GET", f"{path}?lang=es")
    assert '<html lang="es">' in page.text
    assert "50,00\u00a0USD en cuanto asistan" in page.text


PROGRAM_IN_SPANISH = (
    PROGRAM
    + """\
locales: [en, es]
texts:
  es:
    prospect_gets: Una hora gratis con un especialista.
    condition_text: { demo: asistan a una demostración }
"""
)


# --- sign in --------------------------------------------------------------------------------------


def ask(cloud: Cloud, email: str, path: str = "/portal/sign-in") -> Answer:
    return press(cloud, path, f"email={email.replace('@', '%40')}")


def test_a_referrer_signs_in_by_mail_and_out_again(furnished: Cloud) -> None:
    assert "<form" in furnished.send("GET", "/portal/sign-in").text
    assert ask(furnished, "ana@referrer.example").status == 200
    assert furnished.sweep_mails()["came"] == {"sent": 1}
    (path,) = links_in(furnished.letters()[0])
    assert path.startswith("/enter/tk_")
    assert furnished.send("GET", path).status == 200
    done = press(furnished, path)
    assert (done.status, done.headers["location"]) == (303, "/portal")
    assert "__Host-goodword-referrer=referrer~ana~" in done.headers["set-cookie"]
    again = press(furnished, path)
    assert (again.status, heading(again)) == (410, "This link has already been used")
    cookie = done.headers["set-cookie"].partition(";")[0]
    assert press(furnished, "/sign-out", "mark=none", cookie=cookie).status == 403
    key = SECRETS["keys/sessions"]
    session = read_session(cookie.partition("=")[2], "referrer", Keyring((key,)), wiring.utc_now())
    assert session is not None
    out = press(furnished, "/sign-out", f"mark={form_mark(session, key)}", cookie=cookie)
    assert (out.status, out.headers["location"]) == (303, "/portal/sign-in")
    assert out.headers["set-cookie"].startswith("__Host-goodword-referrer=;")
    assert out.headers["set-cookie"].count("Max-Age=0") == 1


BRANDED = (
    PROGRAM
    + "brand: { name: Blue Practice, color: '#1d4f91' }\nlocales: [en, es]\n"
    + (
        "texts: { es: { prospect_gets: Una hora gratis., "
        "condition_text: { demo: asistan a una demostración } } }\n"
    )
)


def brand_of(answer: Answer) -> str:
    found = re.search(r'<span class="brand">(.*?)</span>', answer.text)
    return "" if found is None else found[1]


def test_pages_before_sign_in_have_their_readers_brand(furnished: Cloud) -> None:
    assert furnished.apply_program(BRANDED, '"1"').status == 200
    furnished.create_link()
    door = "/portal/sign-in?program=peers"
    for answer in (
        *(furnished.send("GET", door), press(furnished, door, "email=none")),
        ask(furnished, "ana@referrer.example", door),
    ):
        assert brand_of(answer) == "Blue Practice"
    assert 'action="/portal/sign-in?lang=en&amp;program=peers"' in furnished.send("GET", door).text
    furnished.sweep_mails()
    (path,) = links_in(furnished.letters()[0])
    assert brand_of(furnished.send("GET", path)) == "Blue Practice"
    cookie = press(furnished, path).headers["set-cookie"].partition(";")[0]
    used = furnished.send("GET", path)
    assert (used.status, brand_of(used)) == (410, "Blue Practice")
    assert f'href="{door}"' in used.text
    mark = furnished.send("GET", "/portal", cookie=cookie).text.partition('name="mark" value="')[2][
        :24
    ]
    assert press(furnished, "/sign-out", f"mark={mark}", cookie=cookie).headers["location"] == door
    assert furnished.send("GET", "/portal?program=peers").headers["location"] == door


def test_used_and_unsubscribe_links_have_their_readers_brand(
    furnished: Cloud,
) -> None:
    assert furnished.apply_program(BRANDED, '"1"').status == 200
    invite(furnished, {**ROBIN, "locale": "es"})
    furnished.sweep_mails()
    paths = {each.split("/")[1]: each for each in links_in(furnished.letters()[0])}
    stop = furnished.send("GET", paths["unsubscribe"])
    assert (brand_of(stop), '<html lang="es">' in stop.text) == ("Blue Practice", True)
    press(furnished, paths["i"], "version=2")
    for answer in (furnished.send("GET", paths["i"]), press(furnished, f"{paths['i']}/again")):
        assert brand_of(answer) == "Blue Practice"
    assert brand_of(press(furnished, paths["unsubscribe"])) == "Blue Practice"


@pytest.mark.parametrize(
    ("path", "brand"),
    [
        ("/portal/sign-in", ""),
        ("/portal/sign-in?program=none", ""),
        ("/portal/sign-in?program=%3Cscript%3E", ""),
        ("/staff/sign-in?program=peers", "Goodword"),
        ("/enter/tk_abc.9999999999.aaaaaaaaaaaaaaaaaaaaaaaa", ""),
    ],
)
def test_a_page_for_an_unknown_reader_has_no_brand(furnished: Cloud, path: str, brand: str) -> None:
    assert brand_of(furnished.send("GET", path)) == brand
    signed_out = furnished.send("GET", "/portal?program=%2F%2Fevil.example")
    assert signed_out.headers["location"] == "/portal/sign-in"


def test_whether_an_address_is_known_is_not_reported(furnished: Cloud) -> None:
    known, unknown = ask(furnished, "ana@referrer.example"), ask(furnished, "unknown@example.com")
    assert (known.status, known.text, known.headers) == (
        unknown.status,
        unknown.text,
        unknown.headers,
    )
    assert furnished.sweep_mails()["came"] == {"sent": 1, "dropped": 1}


def test_an_invalid_address_returns_the_input_with_its_error(
    furnished: Cloud,
) -> None:
    answer = press(furnished, "/portal/sign-in", "email=ana%40%22%3E%3Cscript%3E")
    assert answer.status == 422
    assert "ana@&#34;&gt;&lt;script&gt;" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "This is not an email address" in answer.text


def test_staff_sign_in_at_their_own_door(furnished: Cloud) -> None:
    email = "lee@example.com"
    person = person_of(SECRETS["keys/identities"], email)
    furnished.commit(Insert(Staff(person, email, "finance", wiring.utc_now())))
    ask(furnished, email, "/portal/sign-in")
    ask(furnished, email, "/staff/sign-in")
    assert furnished.sweep_mails()["came"] == {"sent": 1, "dropped": 1}
    (path,) = links_in(furnished.letters()[0])
    done = press(furnished, path)
    assert (done.status, done.headers["location"]) == (303, "/staff")
    assert f"__Host-goodword-staff=staff~{person}~" in done.headers["set-cookie"]
    again = press(furnished, path)
    assert again.status == 410
    assert 'href="/staff/sign-in"' in again.text


def test_staff_who_chose_spanish_get_spanish_mail_and_page(furnished: Cloud) -> None:
    email = "lee@example.com"
    person = person_of(SECRETS["keys/identities"], email)
    furnished.commit(Insert(Staff(person, email, "finance", wiring.utc_now())))
    kept = "goodword-language=es"
    door = furnished.send("GET", "/staff/sign-in", cookie=kept, accept_language="en")
    action = re.search(r'<form method="post" action="([^"]+)"', door.text)
    assert action is not None
    ask(furnished, email, unescape(action[1]))
    assert furnished.sweep_mails()["came"] == {"sent": 1}
    letter = furnished.letters()[0]
    assert letter["Subject"] == "Su enlace para iniciar sesión en la consola"
    # the cookie of the console goes to no other path: the link itself knows the language
    (path,) = links_in(letter)
    assert '<html lang="es">' in furnished.send("GET", path, accept_language="en").text


def test_a_message_of_the_queue_sends_its_mail_at_once(furnished: Cloud) -> None:
    from functions.mails.send_mail.app import handler

    ask(furnished, "ana@referrer.example")
    (item,) = furnished.items("mails")
    body = f"{item['recipient']['S']} {item['mail']['S']}"
    event = {"Records": [{"messageId": "1", "body": body}]}
    assert handler(event, None) == {"batchItemFailures": []}
    assert len(furnished.letters()) == 1


# --- notices --------------------------------------------------------------------------------------


def test_a_referrer_is_notified_of_an_introduction_once(
    furnished: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished.enter()
    for _ in range(2):
        assert furnished.notify() == {"batchItemFailures": []}
    assert furnished.sweep_mails()["came"] == {}
    later = wiring.utc_now() + GROUPED
    monkeypatch.setattr(wiring, "utc_now", lambda: later)
    assert furnished.sweep_mails()["came"] == {"sent": 1}
    (letter,) = furnished.letters()
    assert letter["To"] == "ana@referrer.example"
    assert letter["Subject"] == "We have your introduction."
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


# --- stop -----------------------------------------------------------------------------------------


def unsubscribe_link(cloud: Cloud) -> str:
    invite(cloud)
    cloud.sweep_mails()
    return next(each for each in links_in(cloud.letters()[-1]) if each.startswith("/unsubscribe/"))


def test_one_click_of_a_mail_program_unsubscribes(furnished: Cloud) -> None:
    path = unsubscribe_link(furnished)
    for _ in range(2):
        assert press(furnished, path, "List-Unsubscribe=One-Click").status == 200
    assert invite(furnished, again=True).json["invitations"][0]["mailed"] == "stopped"


def test_looking_at_the_way_out_is_not_taking_it(furnished: Cloud) -> None:
    path = unsubscribe_link(furnished)
    page = furnished.send("GET", path)
    assert (page.status, heading(page)) == (200, "Unsubscribe?")
    assert invite(furnished, again=True).json["invitations"][0]["mailed"] == "queued"


def test_a_forged_way_out_stops_nobodys_mail(furnished: Cloud) -> None:
    before = furnished.contents()
    assert press(furnished, "/unsubscribe/" + "a" * 40 + ".9999999999." + "b" * 24).status == 401
    assert furnished.contents() == before


def feedback(kind: str, email: str, **more: Any) -> dict[str, Any]:
    part, people = {
        "Bounce": ("bounce", "bouncedRecipients"),
        "Complaint": ("complaint", "complainedRecipients"),
    }[kind]
    detail = {"eventType": kind, part: {**more, people: [{"emailAddress": email}]}}
    return {"source": "aws.ses", "detail-type": f"Email {kind}", "detail": detail}


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (feedback("Bounce", "ana@referrer.example", bounceType="Permanent"), "bounced"),
        (feedback("Complaint", "Ana <ANA@referrer.example>"), "complained"),
        (feedback("Bounce", "ana@referrer.example", bounceType="Transient"), ""),
    ],
)
def test_what_ses_says_of_an_address_stops_its_mail(furnished: Cloud, event: Any, why: str) -> None:
    from functions.mails.unsubscribe.app import handler

    handler(event, None)
    assert furnished.send("GET", "/v1/referrers/ana", scope="read").json["mail_off"] == why


# --- scanners -------------------------------------------------------------------------------------


def test_a_scanner_that_follows_every_link_twice_changes_nothing(
    furnished: Cloud,
) -> None:
    """Every kind of mail is sent.

    All of its links are asked for by GET and HEAD, two times each.
    """
    person = person_of(SECRETS["keys/identities"], "lee@example.com")
    furnished.commit(Insert(Staff(person, "lee@example.com", "finance", wiring.utc_now())))
    invite(furnished)
    ask(furnished, "ana@referrer.example")
    ask(furnished, "lee@example.com", "/staff/sign-in")
    _ask_approver(furnished)
    _news(furnished)
    assert furnished.sweep_mails()["came"] == {"sent": 5}
    subjects = {str(letter["Subject"]) for letter in furnished.letters()}
    assert len(subjects) == 5
    links = {each for letter in furnished.letters() for each in links_in(letter)}
    first = {re.split("[/?]", each)[1] for each in links}
    assert first == {"i", "enter", "portal", "sign-off", "unsubscribe"}
    before = furnished.contents()
    for path in sorted(links) * 2:
        for method in ("GET", "HEAD"):
            answer = furnished.send(method, path, user_agent="Scanner/1.0")
            assert "set-cookie" not in answer.headers
    assert furnished.contents() == before
    for path in sorted(links):
        if path.startswith(("/i/", "/enter/")):
            assert furnished.send("GET", path).status == 200
            assert press(furnished, path, "version=1").status == 303


def _ask_approver(cloud: Cloud) -> None:
    ids = wiring.NewIds()
    data = {"email": "boss@example.com", "program": "peers"}
    token, kept = mint_token("sign_off", "ana", data, now=wiring.utc_now, new_id=ids)
    mail = new_mail(token_recipient(token.token), "sign_off", now=wiring.utc_now, new_id=ids)
    cloud.commit(kept, Insert(mail))


def _news(cloud: Cloud) -> None:
    referral = cloud.enter().json["referral"]
    mail = new_mail("ana", "notice", now=wiring.utc_now, new_id=wiring.NewIds())
    from dataclasses import replace

    cloud.commit(Insert(replace(mail, referral=referral)))
