"""The pages of signing in and out: the form, the mail, and the mail's link."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from goodword.contact_validation.reader import ContactFields
from goodword.domain.access.session import Kind, has_form_mark
from goodword.domain.errors import BadInput, Forbidden, Gone
from goodword.domain.programs.reader import Reader
from goodword.http.pages.web import (
    CONSOLE,
    Cookies,
    Event,
    html,
    locale_of,
    page_form,
    see_other,
    sign_in_path,
)
from goodword.http.request import source_address
from goodword.http.router import Response
from goodword.http.wiring import Services
from goodword.messages import page_labels
from goodword.messages.sentence import Sentence
from goodword.pages.render import render_page
from goodword.ports.services import Enqueue
from goodword.steps.access.sign_in import (
    SignInDeps,
    ask_to_sign_in,
    kind_of,
    look_at_sign_in,
    sign_in,
)
from goodword.steps.referrers.find_reader import (
    reader_of_program,
    reader_of_referrer,
    reader_of_token,
)

AT: Final[dict[Kind, str]] = {"referrer": "/portal", "staff": "/staff"}


class SignInPages(NamedTuple):
    """One request to sign in or out.

    enqueue: enqueues a mail.
    """

    services: Services
    enqueue: Enqueue
    event: Event

    def show_form(
        self,
        kind: Kind,
        email: str = "",
        *,
        error: Sentence | None = None,
    ) -> Response[str]:
        """Show the form, with what was typed if that was not an address."""
        whom = self._at_door(kind)
        return self._page(
            "sign_in",
            422 if error else 200,
            whom,
            heading=page_labels.SIGN_IN if kind == "referrer" else page_labels.SIGN_IN_TO_CONSOLE,
            action=f"{AT[kind]}/sign-in",
            program=whom.program,
            email=email,
            error=error,
        )

    def ask(self, kind: Kind) -> Response[str]:
        """Take an address; the answer does not depend on whether it is known."""
        signing_in = self._signing_in()
        typed = page_form(self.event).get("email", "")
        try:
            email = ContactFields().email(typed)
        except BadInput:
            error = page_labels.NOT_AN_EMAIL_ADDRESS
            return self.show_form(kind, typed, error=error)
        address, locale = source_address(self.event), locale_of(self.event)
        ask_to_sign_in(email, kind, address, locale, deps=signing_in)
        return self._page(
            "message",
            200,
            self._at_door(kind),
            heading=page_labels.CHECK_YOUR_EMAIL,
            sentences=(
                page_labels.SIGN_IN_LINK_SENT,
                page_labels.SIGN_IN_LINK_MISSING,
            ),
            link=None,
        )

    def show_press(self, token: str) -> Response[str]:
        """Show the button that signs in; viewing does not use the link."""
        try:
            look_at_sign_in(token, deps=self._signing_in())
        except Gone as gone:
            return self._over(gone, token)
        return self._page(
            "press",
            200,
            self._whom(token),
            heading=page_labels.SIGN_IN,
            sentence=page_labels.PRESS_TO_SIGN_IN,
            action=f"/enter/{token}",
            label=page_labels.SIGN_IN,
        )

    def enter(self, token: str) -> Response[str]:
        """Use the link, and open the session."""
        try:
            session = sign_in(token, deps=self._signing_in())
        except Gone as gone:
            return self._over(gone, token)
        return see_other(AT[session.kind], [self._cookies().open(session, self.services.now())])

    def leave(self) -> Response[str]:
        """Close the session whose page had the button, and no other."""
        cookies, now = self._cookies(), self.services.now()
        mark = page_form(self.event).get("mark", "")
        stored = (cookies.session(self.event, kind, now) for kind in AT)
        sessions = [each for each in stored if each is not None]
        for session in sessions:
            if has_form_mark(mark, session, self.services.session_keys()):
                door = self._door(session.kind, session.subject)
                return see_other(door, [cookies.close(session.kind)])
        if sessions:
            again = "Load the page again and repeat it."
            raise Forbidden("this form is out of date", where="form", remedy=again)
        return see_other("/portal/sign-in")

    def _signing_in(self) -> SignInDeps:
        """Return the dependencies of signing in; reads an outdated secret again."""
        services = self.services
        return SignInDeps(
            services.stores,
            services.now,
            services.new_id,
            self.enqueue,
            services.identity_key(),
            services.session_keys(),
            services.address_key(),
        )

    def _cookies(self) -> Cookies:
        return Cookies(
            self.services.session_keys(), self.services.public_url().startswith("https:")
        )

    def _door(self, kind: Kind, subject: str) -> str:
        """Return the path of the sign-in form; a referrer's has the brand that they know."""
        if kind == "staff":
            return "/staff/sign-in"
        return sign_in_path(reader_of_referrer(subject, stores=self.services.stores).program)

    def _whom(self, token: str) -> Reader:
        """Return the reader that a link is for; only if its signature is valid."""
        stores = self.services.stores
        stored = stores.tokens.get(token.partition(".")[0])
        if stored is not None and stored.purpose == "staff_sign_in":
            return Reader(CONSOLE, stored.data.get("locale", ""))
        return reader_of_token(stored, stores=stores)

    def _at_door(self, kind: Kind) -> Reader:
        """Return the reader of the form: the referrers' program that its address names."""
        if kind == "staff":
            return Reader(CONSOLE)
        named = (self.event.get("queryStringParameters") or {}).get("program", "")
        return reader_of_program(named, stores=self.services.stores)

    def _over(self, gone: Gone, token: str) -> Response[str]:
        used, whom = page_labels.LINK_USED, self._whom(token)
        staff = kind_of(token, deps=self._signing_in()) == "staff"
        return self._page(
            "message",
            410,
            whom,
            heading=used if gone.where == "used" else page_labels.LINK_EXPIRED,
            sentences=(page_labels.NEW_LINK_OFFERED,),
            link=("/staff/sign-in" if staff else sign_in_path(whom.program), page_labels.SIGN_IN),
        )

    def _page(self, template: str, status: int, whom: Reader, **values: Any) -> Response[str]:
        locale, today = locale_of(self.event, own=whom.locale), self.services.now().date()
        text = render_page(template, locale=locale, brand=whom.brand, today=today, **values)
        return html(status, text)
