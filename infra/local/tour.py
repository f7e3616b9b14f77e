"""A tour of every page and every mail, each reached as a person reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from playwright.sync_api import Browser, Page

from goodword.pages.render import translate
from infra.local.demo import Demo
from infra.local.visit import Visit, visiting
from infra.local.walk import Walk

PROGRAM, CONNECTION = "tour", "crm"
FILE = Path(__file__).parent / "tour.yaml"


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of the tour, and what they type.

    tag: in every id and address, so that tours may share a demo.
    """

    tag: str
    referrer: str = "Dana Rivers"
    company: str = "Harbor Street Clinic"
    prospect: str = "Robin Meadow"
    handed_over: str = "Sam Field"
    story: str = "Before, we missed one appointment in nine. Since spring it is one in forty."
    reason: str = "Checked with the practice: the demo took place."
    locale: str = "en"

    def email(self, who: str) -> str:
        """Return a person's address; those of the referrer's company share its domain."""
        return f"{who}@{self.tag}.example.com"


@dataclass(frozen=True, slots=True)
class Stop:
    """A page as one person sees it.

    who: referrer, prospect, staff or mail. what: its caption.
    """

    name: str
    who: str
    what: str
    page: Page


class Tour:
    """One way through all pages; iterate over stops()."""

    def __init__(
        self,
        demo: Demo,
        browser: Browser,
        cast: Cast,
        *,
        width: str = "desktop",
        script: bool = True,
    ) -> None:
        self._demo, self._browser, self._cast = demo, browser, cast
        self._width, self._script = width, script
        self._said = translate(cast.locale)
        self._account = f"cus_{cast.tag}"
        self.troubles: list[str] = []
        self.referral = ""

    def stops(self) -> Iterator[Stop]:
        """Visit all pages; each stop lasts until the next is requested."""
        self._prepare()
        yield from self._invited()
        yield from self._signed_off()
        yield from self._landed()
        yield from self._handed_over()
        yield from self._decided()
        yield from self._portal()
        yield from self._lost()
        yield from self._mails()
        yield from self._unsubscribed()

    # --- the people
    # -----------------------------------------------------------------------------------

    def _(self, text: str) -> str:
        return self._said(text)

    @contextmanager
    def _visit(self, locale: str = "") -> Iterator[Visit]:
        locale = locale or self._cast.locale
        with visiting(
            self._browser, self._demo.url, locale=locale, width=self._width, script=self._script
        ) as visit:
            try:
                yield visit
            finally:
                self.troubles.extend(visit.troubles)

    @cached_property
    def _referrer(self) -> str:
        return self._cast.email("dana")

    def _prepare(self) -> None:
        """Apply the program, once for all tours of a demo, and connect the CRM to it."""
        demo = self._demo
        if demo.api.get(f"/v1/programs/{PROGRAM}").status_code == 404:
            demo.put_yaml(f"/v1/programs/{PROGRAM}", FILE.read_text(encoding="utf-8"))
            demo.let_speak_of(PROGRAM)
        demo.add_account(self._account)
        demo.add_staff(self._cast.email("staff"))
        demo.invite(
            PROGRAM,
            name=self._cast.referrer,
            email=self._referrer,
            company=self._cast.company,
            segment="hospital",
            locale=self._cast.locale,
            account=self._account,
            currency="USD",
        )

    # ---- The referrer and their approver ---------------------------------------------------------

    def _invited(self) -> Iterator[Stop]:
        mail = self._demo.await_mail(self._referrer, "/i/")
        with self._visit() as visit:
            visit.open(mail.link("/i/"))
            yield Stop("invitation", "referrer", "An invitation with one button.", visit.page)
            visit.press(self._("Take part"))
            yield Stop(
                "portal-new",
                "referrer",
                "The portal of a hospital's contact before the sign-off.",
                visit.page,
            )
            visit.page.get_by_label(self._("Your story")).fill(self._cast.story)
            visit.page.locator("#story button").click()
            page = visit.page
            page.get_by_label(self._("Your approver's email")).fill("not-a-colleague@example.net")
            visit.press(self._("Send the request"))
            yield Stop(
                "portal-sign-off-error",
                "referrer",
                "An approver's address of another company is refused.",
                page,
            )
            page.get_by_label(self._("Your approver's email")).fill(self._cast.email("chief"))
            visit.press(self._("Send the request"))
            yield Stop("portal-asked", "referrer", "The sign-off was requested.", visit.page)
        with self._visit() as visit:
            visit.open(mail.link("/i/"))
            yield Stop(
                "invitation-used", "referrer", "An invitation link that was used.", visit.page
            )
            visit.press(self._("Send me a new email"))
            yield Stop("invitation-again", "referrer", "A new email is on its way.", visit.page)

    def _signed_off(self) -> Iterator[Stop]:
        link = self._demo.await_mail(self._cast.email("chief"), "/sign-off/").link("/sign-off/")
        with self._visit() as visit:
            visit.open(link)
            yield Stop("sign-off", "referrer", "The sign-off page of the approver.", visit.page)
            visit.press(self._("Sign off"))
            yield Stop("sign-off-thanks", "referrer", "The sign-off is confirmed.", visit.page)

    def _portal_link(self, visit: Visit) -> str:
        """Sign in by mail, and return the link that the portal shows."""
        before = len(self._demo.mails_with(self._referrer, "/enter/"))
        visit.open(f"{self._demo.url}/portal/sign-in")
        visit.page.get_by_label(self._("Email"), exact=True).fill(self._referrer)
        visit.press(self._("Send me the link"))
        visit.open(self._demo.await_mail(self._referrer, "/enter/", before).link("/enter/"))
        visit.press(self._("Sign in"))
        return visit.page.get_by_label(self._("Your link"), exact=True).input_value()

    # ---- The prospect ----------------------------------------------------------------------------

    def _landed(self) -> Iterator[Stop]:
        with self._visit() as visit:
            self._link = self._portal_link(visit)
        with self._visit() as visit:
            visit.open(self._link)
            yield Stop(
                "landing",
                "prospect",
                "The landing page: the recommendation and a form.",
                visit.page,
            )
            visit.page.get_by_label(self._("Your name"), exact=True).fill(self._cast.prospect)
            visit.page.get_by_label(self._("Your email"), exact=True).fill("robin")
            visit.press(self._("Please contact me"))
            yield Stop(
                "landing-errors",
                "prospect",
                "Errors beside their fields.",
                visit.page,
            )
            visit.page.get_by_label(self._("Your email"), exact=True).fill(self._prospect)
            visit.page.get_by_label(self._("Your phone"), exact=True).fill(self._phone)
            visit.press(self._("Please contact me"))
            yield Stop("thanks", "prospect", "The thank-you page: who calls, and when.", visit.page)

    @cached_property
    def _prospect(self) -> str:
        return f"robin@{self._cast.tag}.example.org"

    @cached_property
    def _phone(self) -> str:
        return f"+1 212 555 {1000 + sum(map(ord, self._cast.tag)) % 9000}"

    # ---- The staff -------------------------------------------------------------------------------

    def _decided(self) -> Iterator[Stop]:
        with ExitStack() as opened:
            walk = opened.enter_context(Walk(self._demo, lambda _: None))
            deal = f"deal-{self._cast.tag}"
            walk.report(deal, {"stage": "demo_attended"}, self._prospect)
            walk.report(
                f"stray-{self._cast.tag}", {"stage": "won"}, f"nobody@{self._cast.tag}.example.net"
            )
            walk.wait(lambda: self._held(walk), 1, "credits that wait for approval")
            visit = opened.enter_context(self._visit("en"))
            yield from self._signed_in(visit)
            yield from self._looked_up(visit)
            yield from self._approved(visit)
            walk.wait(lambda: self._posted(walk), 1, "posted credits")
            walk.report(deal, {"stage": "won"}, self._prospect)
            walk.wait(lambda: self._held(walk), 1, "credits that wait for approval")
            yield from self._lists(visit)

    def _credits(self, walk: Walk) -> list[dict[str, object]]:
        return list(walk.ask(f"/v1/accounts/{self._account}/statement")["credits"])

    def _held(self, walk: Walk) -> int:
        return sum(each["status"] == "held" for each in self._credits(walk))

    def _posted(self, walk: Walk) -> int:
        return sum(each["status"] == "posted" for each in self._credits(walk))

    def _signed_in(self, visit: Visit) -> Iterator[Stop]:
        staff = self._cast.email("staff")
        visit.open(f"{self._demo.url}/staff")
        yield Stop("staff-sign-in", "staff", "The sign-in page of the console.", visit.page)
        visit.page.get_by_label("Email", exact=True).fill(staff)
        visit.press("Send me the link")
        yield Stop("staff-sign-in-asked", "staff", "The sign-in link was sent.", visit.page)
        visit.open(self._demo.await_mail(staff, "/enter/").link("/enter/"))
        yield Stop("staff-enter", "staff", "The sign-in link of a mail: one button.", visit.page)
        visit.press("Sign in")
        yield Stop("console", "staff", "Needs a decision.", visit.page)

    def _looked_up(self, visit: Visit) -> Iterator[Stop]:
        self._search(visit, "nobody-of-this-name")
        yield Stop("console-no-result", "staff", "A search without a result.", visit.page)
        self._search(visit, self._prospect)
        if visit.page.locator("tbody th a").count():
            yield Stop("console-found", "staff", "The results of a search.", visit.page)
            visit.press_on(visit.page.locator("tbody th a").first)
        yield Stop(
            "console-referral",
            "staff",
            "A referral: why it has not been paid, and its data.",
            visit.page,
        )

    def _search(self, visit: Visit, parts: str) -> None:
        visit.page.get_by_role("searchbox").fill(parts)
        visit.press("Search")

    def _approved(self, visit: Visit) -> Iterator[Stop]:
        page = visit.page
        page.locator("summary", has_text="Approve").first.click()
        form = page.locator("form[action$='/approve']").first
        form.get_by_label("Why?").fill(" ")
        form.get_by_role("button").click()
        page.wait_for_load_state()
        yield Stop("console-reason", "staff", "A decision without a reason is refused.", page)
        form = page.locator("form[action$='/approve']").first
        form.get_by_label("Why?").fill(self._cast.reason)
        form.get_by_role("button").click()
        page.wait_for_load_state()
        yield Stop("console-approved", "staff", "The credit was approved.", page)

    def _lists(self, visit: Visit) -> Iterator[Stop]:
        visit.open(f"{self._demo.url}/staff")
        yield Stop("console-work", "staff", "The work lists.", visit.page)
        for place, what in (
            ("Referrers", "All referrers."),
            ("Referrals", "All referrals."),
            ("Credits", "All credits."),
        ):
            visit.press_on(
                visit.page.get_by_role("navigation", name="Sections").get_by_role(
                    "link", name=place
                )
            )
            yield Stop(f"console-{place.lower()}", "staff", what, visit.page)
        visit.open(f"{self._demo.url}/staff/unmatched")
        yield Stop("console-unmatched", "staff", "CRM events without a referral.", visit.page)
        self._search(visit, self._referrer)
        if visit.page.locator("tbody th a").count() and visit.heading().endswith("found"):
            visit.press_on(visit.page.locator("tbody th a").first)
        yield Stop(
            "console-referrer",
            "staff",
            "A referrer: why each referral has not been paid.",
            visit.page,
        )

    # ---- The referrer again ----------------------------------------------------------------------

    def _handed_over(self) -> Iterator[Stop]:
        with self._visit() as visit:
            visit.open(f"{self._demo.url}/portal/sign-in")
            yield Stop("sign-in", "referrer", "The sign-in page, without a password.", visit.page)
            visit.page.get_by_label(self._("Email"), exact=True).fill("dana")
            visit.page.locator("form").evaluate("form => form.noValidate = true")
            visit.press(self._("Send me the link"))
            yield Stop("sign-in-error", "referrer", "An invalid address.", visit.page)
            before = len(self._demo.mails_with(self._referrer, "/enter/"))
            visit.page.get_by_label(self._("Email"), exact=True).fill(self._referrer)
            visit.press(self._("Send me the link"))
            yield Stop("sign-in-asked", "referrer", "The sign-in link was sent.", visit.page)
            link = self._demo.await_mail(self._referrer, "/enter/", before).link("/enter/")
            visit.open(link)
            yield Stop("enter", "referrer", "The sign-in link of a mail: one button.", visit.page)
            visit.press(self._("Sign in"))
            yield Stop(
                "portal-signed-off", "referrer", "The portal with one introduction.", visit.page
            )
            yield from self._contact(visit)
        with self._visit() as visit:
            visit.open(link)
            yield Stop("enter-used", "referrer", "A sign-in link that was used.", visit.page)

    def _contact(self, visit: Visit) -> Iterator[Stop]:
        page = visit.page
        page.get_by_label(self._("Their name")).fill(self._cast.handed_over)
        page.get_by_label(self._("Their email")).fill(f"sam@{self._cast.tag}.example.org")
        page.get_by_label(self._("Their phone")).fill("none")
        page.locator("#contact input[type=checkbox]").check()
        visit.press(self._("Introduce them"))
        yield Stop(
            "portal-contact-error", "referrer", "A contact with an invalid phone number.", page
        )
        page.get_by_label(self._("Their phone")).fill("+1 212 555 0100")
        visit.press(self._("Introduce them"))
        yield Stop("portal-contact", "referrer", "A contact was entered.", page)

    def _portal(self) -> Iterator[Stop]:
        with self._visit() as visit:
            self._portal_link(visit)
            yield Stop(
                "portal",
                "referrer",
                "The portal: link to share, introductions and credits.",
                visit.page,
            )
            visit.page.locator("details summary").first.click()
            yield Stop("portal-words", "referrer", "The texts to copy.", visit.page)
            visit.open(f"{self._demo.url}/portal/statement")
            yield Stop("statement", "referrer", "The account's statement.", visit.page)

    # --- errors, and mails
    # ----------------------------------------------------------------------------

    def _lost(self) -> Iterator[Stop]:
        with self._visit() as visit:
            visit.open(f"{self._demo.url}/r/no-such-link")
            yield Stop("lost", "prospect", "An unknown link.", visit.page)
            visit.open(self._link.replace("/r/", "/l/") + "?gw=forged")
            yield Stop(
                "landing-forged",
                "prospect",
                "A mistyped address of a landing page.",
                visit.page,
            )
            visit.open(f"{self._demo.url}/i/i.forged.1.forged")
            yield Stop("forged", "referrer", "A mistyped link of a mail.", visit.page)

    def _mails(self) -> Iterator[Stop]:
        self._demo.hurry_mails()
        with self._visit() as visit:
            mine = f"@{self._cast.tag}.example"
            for place, mail in enumerate(self._demo.mails()):
                if mine in mail.to:
                    visit.open(f"{self._demo.mailbox.url}/{place}/html")
                    yield Stop(
                        "mail-" + _kind(mail.links(), mail.to),
                        "mail",
                        f"«{mail.subject}»",
                        visit.page,
                    )

    def _unsubscribed(self) -> Iterator[Stop]:
        link = self._demo.await_mail(self._referrer, "/unsubscribe/").link("/unsubscribe/")
        with self._visit() as visit:
            visit.open(link)
            yield Stop("unsubscribe", "referrer", "The unsubscribe page: one button.", visit.page)
            visit.press(self._("Unsubscribe"))
            yield Stop("unsubscribed", "referrer", "The referrer is unsubscribed.", visit.page)


def _kind(links: tuple[str, ...], to: str) -> str:
    """Name a mail by the link in it."""
    if to.startswith("staff@"):
        return "staff-sign-in"
    for path, kind in (("/i/", "invitation"), ("/enter/", "sign-in"), ("/sign-off/", "sign-off")):
        if any(path in address for address in links):
            return kind
    return "notice"
