"""The pages of a landing: the offer with its form, the thanks, and errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from aws_lambda_powertools import Logger

from goodword.contact_validation.reader import ContactFields
from goodword.domain.errors import BadInput, Forged, NotFound
from goodword.domain.links.landing import Landing
from goodword.domain.links.link import landing_path
from goodword.domain.links.visit import CODE
from goodword.domain.programs.token_parameter import TOKEN_PARAMETER
from goodword.http.pages.landing_form import read_landing_form
from goodword.http.pages.web import Event, html, locale_of, message_page, page_form, see_other
from goodword.http.request import source_address
from goodword.http.router import Response
from goodword.http.wiring import Services
from goodword.messages.landing import AGAIN, INCOMPLETE, TOO_LONG, closed_sentences
from goodword.messages.sentence import Sentence
from goodword.pages.landing import landing_page, thanks_page
from goodword.steps.access.limit_requests import limit_requests
from goodword.steps.links.serve_landing import serve_landing, thank
from goodword.steps.referrals.capture_signup import capture_signup
from goodword.steps.referrals.register_referral import RegisterReferralDeps

log = Logger()
SENT: Final = "goodword-sent"
SENT_SECONDS: Final = 60
Show = Callable[[Landing], Response[str]]


class LandingPages(NamedTuple):
    """One request of a prospect."""

    services: Services
    event: Event

    def show(self, code: str) -> Response[str]:
        """Show the page; redirect a prospect without a token once through the link to get one."""
        token = (self.event.get("queryStringParameters") or {}).get(TOKEN_PARAMETER, "")
        if CODE.fullmatch(code) is None:
            raise NotFound("no link has such a code", where="code", remedy="Check the address.")
        if not token and not self._was_sent():
            return see_other(f"/r/{code}", (self._sent_cookie(SENT_SECONDS),))
        return self._shown_or(code, token, lambda landing: self._page(200, landing, {}, {}))

    def sign_up(self, code: str) -> Response[str]:
        """Take the form, or show it again with its errors."""
        services, address = self.services, source_address(self.event)
        key = services.address_key()
        limit_requests(address, "signup", address_key=key, stores=services.stores, now=services.now)
        typed = page_form(self.event)
        token = typed.get(TOKEN_PARAMETER, "")
        return self._shown_or(code, token, lambda landing: self._sign_up(landing, typed))

    def thank(self, code: str) -> Response[str]:
        """Show the page of thanks."""
        program = thank(code, stores=self.services.stores)
        locale, today = locale_of(self.event, program.locales), program.day(self.services.now())
        return html(200, thanks_page(program, locale, today))

    def _sign_up(self, landing: Landing, typed: dict[str, str]) -> Response[str]:
        services, contacts = self.services, ContactFields()
        signup, wrong = read_landing_form(landing.token, typed, landing.program, contacts)
        if wrong:
            return self._page(422, landing, typed, wrong)
        made = capture_signup(
            signup,
            contacts=contacts,
            deps=RegisterReferralDeps(
                identity_key=services.identity_key(),
                stores=services.stores,
                now=services.now,
                new_id=services.new_id,
            ),
        )
        log.info("signup", extra={"referral": made.referral.referral, "new": made.new})
        locale = locale_of(self.event, landing.program.locales)
        return see_other(f"{landing_path(landing.code)}/thanks?lang={locale}")

    def _shown_or(self, code: str, token: str, show: Show) -> Response[str]:
        """Show the landing page, or the reason why it cannot be shown and the remedy."""
        services, again = self.services, (f"/r/{code}", AGAIN)
        try:
            landing = serve_landing(code, token, stores=services.stores, now=services.now)
        except (Forged, BadInput):
            today = services.now().date()
            return message_page(401, INCOMPLETE, locale_of(self.event), today, link=again)
        program = landing.program
        locale, today = locale_of(self.event, program.locales), program.day(services.now())
        if landing.closed is not None:
            return message_page(409, closed_sentences(landing.closed), locale, today, program.brand)
        if landing.expired:
            return message_page(410, TOO_LONG, locale, today, program.brand, again)
        return show(landing)

    def _page(
        self,
        status: int,
        landing: Landing,
        typed: dict[str, str],
        wrong: Mapping[str, Sentence],
    ) -> Response[str]:
        program = landing.program
        locale, today = locale_of(self.event, program.locales), program.day(self.services.now())
        cookies = (self._sent_cookie(0),) if self._was_sent() else ()
        return html(status, landing_page(landing, locale, today, typed, wrong), cookies)

    def _was_sent(self) -> bool:
        return f"{SENT}=1" in (self.event.get("cookies") or ())

    def _sent_cookie(self, seconds: int) -> str:
        """Write the cookie that marks a prospect as redirected through the link just now."""
        secure = "; Secure" if self.services.public_url().startswith("https:") else ""
        return f"{SENT}=1; Path=/l/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
