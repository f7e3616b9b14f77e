"""What people see, in a real browser on the whole cloud: referrer, approver, prospect and staff."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations, product

import pytest
from playwright.sync_api import Browser

from goodword.domain.locale import LOCALES
from goodword.pages.render import translate
from infra.local.tour import FILE
from infra.local.visit import Visit, visiting
from tests.journeys.journey import Crm, Journey

pytestmark = [pytest.mark.journey, pytest.mark.long]

WIDTHS, SCRIPTS, SIGN_OFFS = (
    ("phone", "desktop"),
    (True, False),
    (False, True),
)
# Five whole ways in which every two values occur together; all of them would be sixteen.
WAYS = (
    ("en", "phone", True, False),
    ("en", "desktop", False, True),
    ("es", "phone", False, True),
    ("es", "desktop", True, True),
    ("es", "desktop", False, False),
)


def test_every_two_ways_of_seeing_are_tried_together() -> None:
    for first, second in combinations(range(4), 2):
        values = (LOCALES, WIDTHS, SCRIPTS, SIGN_OFFS)
        assert {(way[first], way[second]) for way in WAYS} == set(
            product(values[first], values[second])
        )


@dataclass
class People:
    """Who takes part in one journey, each with a browser of their own kind."""

    journey: Journey
    browser: Browser
    locale: str
    width: str
    script: bool
    troubles: list[str] = field(default_factory=list)

    def _(self, text: str) -> str:
        """Return what a text of a page is in the language of this journey."""
        return translate(self.locale)(text)

    @contextmanager
    def visit(self) -> Iterator[Visit]:
        """Let one person look, with a fresh browser."""
        home = self.journey.demo.url
        with visiting(
            self.browser, home, locale=self.locale, width=self.width, script=self.script
        ) as visit:
            yield visit
            self.troubles.extend(visit.troubles)

    def program(self) -> str:
        """Apply the program that has everything, posting by itself."""
        name = self.journey.name("people")
        text = FILE.read_text(encoding="utf-8").replace("program: tour", f"program: {name}")
        self.journey.demo.put_yaml(
            f"/v1/programs/{name}", text.replace("posting: approve", "posting: automatic")
        )
        return name


@pytest.mark.parametrize(("locale", "width", "script", "signs_off"), WAYS)
def test_from_an_invitation_to_a_credit_that_everybody_sees(
    journey: Journey, browser: Browser, locale: str, width: str, script: bool, signs_off: bool
) -> None:
    people = People(journey, browser, locale, width, script)
    program = people.program()
    crm = journey.crm(programs=(program,))
    ana, robin = journey.person("ana"), journey.person("robin")
    account = f"cus_people{journey.number}"
    journey.demo.add_account(account)
    journey.demo.invite(
        program,
        name=ana.name,
        email=ana.email,
        company="Harbor Street Clinic",
        segment="hospital" if signs_off else "practice",
        locale=locale,
        account=account,
        currency="USD",
    )
    with people.visit() as visit:
        link = _enroll_and_copy(people, visit, ana.email, signs_off=signs_off)
        _sign_up(people, link, robin.name, robin.email)
        _report_and_see(people, crm, visit, account, robin.name, robin.email)
    _look_up(people, robin.name, account)
    assert people.troubles == []


def _enroll_and_copy(people: People, visit: Visit, email: str, *, signs_off: bool) -> str:
    """From the mail to the copied link: one press and one copy, and nothing typed."""
    demo, _ = people.journey.demo, people._
    visit.open(demo.await_mail(email, "/i/").link("/i/"))
    visit.press(_("Take part"))
    label = _("Your link, for colleagues in your company") if signs_off else _("Your link")
    link = visit.copy(label, _("Copy"))
    assert (visit.presses, visit.copies, visit.typed) == (1, 1, 0)
    assert link.startswith(f"{demo.url}/r/")
    return _ask_approver(people, visit, email, link) if signs_off else link


def _ask_approver(people: People, visit: Visit, email: str, internal_only: str) -> str:
    """Ask with one field and one button; the approver decides with one.

    There is a link for everybody.
    """
    demo, _ = people.journey.demo, people._
    with people.visit() as colleague:
        colleague.open(internal_only)
        assert _("For colleagues.") in colleague.text()
        assert "Harbor Street Clinic" not in colleague.text()
    boss = f"chief@{email.partition('@')[2]}"
    visit.type(_("Your approver's email"), boss)
    visit.press(_("Send the request"))
    assert (visit.presses, visit.typed) == (2, 1)
    with people.visit() as approver:
        approver.open(demo.await_mail(boss, "/sign-off/").link("/sign-off/"))
        approver.press(_("Sign off"))
        assert approver.presses == 1
        assert approver.heading() == _("Thank you, it is signed off")
    visit.open(f"{demo.url}/portal")
    link = visit.copy(_("Your link"), _("Copy"))
    assert link != internal_only
    return link


def _sign_up(people: People, link: str, name: str, email: str) -> None:
    """From landing to thanks: three fields and one press."""
    _ = people._
    with people.visit() as visit:
        visit.open(link)
        assert "Harbor Street Clinic" in visit.text()
        visit.type(_("Your name"), name)
        visit.type(_("Your email"), email)
        visit.type(_("Your phone"), f"+1 212 555 {2000 + people.journey.number % 8000}")
        visit.press(_("Please contact me"))
        assert (visit.typed, visit.presses) == (3, 1)
        assert visit.heading() == _("Thank you")


def _report_and_see(
    people: People, crm: Crm, visit: Visit, account: str, name: str, email: str
) -> None:
    """Let the CRM report the attended demo, and see the credit in the portal."""
    journey, _ = people.journey, people._
    crm.report("stage", "demo_attended", journey.name("deal"), emails=(email,))
    journey.await_credits(account, ("posted", 5_000))
    visit.open(f"{journey.demo.url}/portal")
    sum_ = visit.page.locator("dl.sums div", has_text=_("For your next invoice")).inner_text()
    assert "50.00" in sum_ if people.locale == "en" else "50,00" in sum_
    assert _("Someone who came through your link") in visit.text()
    assert name not in visit.text()
    visit.open(f"{journey.demo.url}/portal/statement")
    assert name not in visit.text()


def _look_up(people: People, name: str, account: str) -> None:
    """From a name to why it has not been paid: one search and one click."""
    demo, _ = people.journey.demo, people._
    email = f"{people.journey.name('staff')}@example.com"
    demo.add_staff(email, "read")
    with people.visit() as visit:
        visit.open(f"{demo.url}/staff/sign-in")
        visit.type(_("Email"), email)
        visit.press(_("Send me the link"))
        visit.open(demo.await_mail(email, "/enter/").link("/enter/"))
        visit.press(_("Sign in"))
        visit.typed = visit.presses = 0
        visit.type(_("Name, company, email or ID"), name)
        visit.press(_("Search"))
        visit.press(name)
        assert (visit.typed, visit.presses) == (1, 2)
        assert (
            _("Has this been paid?") in visit.text()
            or _("Why has this not been paid?") in visit.text()
        )
        assert account in visit.text()
        assert visit.page.locator("form[action*='/credits/']").count() == 0
