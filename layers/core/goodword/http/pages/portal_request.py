"""One request of a referrer to their portal: the session and the form."""

from __future__ import annotations

from typing import Final, NamedTuple

from goodword.domain.access.session import Session
from goodword.domain.programs.reader import Reader
from goodword.domain.referrers.referrer import OWN_ID, Referrer
from goodword.http.pages.web import Cookies, Event, guarded_form, locale_of, see_other, sign_in_path
from goodword.http.router import Response
from goodword.http.wiring import Services
from goodword.steps.access.limit_requests import limit_person
from goodword.steps.referrers.find_reader import reader_of_referrer
from goodword.steps.referrers.serve_portal import Portal, portal_referrer

# The limit of one referrer's forms in a day; far more than a person sends.
FORMS_A_DAY: Final = 100


class SignedOut(Exception):
    """The request has no valid session, or its person may not sign in now."""


class PortalRequest(NamedTuple):
    """One request to the portal.

    services: the clients and stores.
    """

    services: Services
    event: Event

    def signed_in(self) -> tuple[Session, Referrer]:
        """Return the session's referrer; raise SignedOut without one or after an erasure."""
        services = self.services
        session = self._cookies().session(self.event, "referrer", services.now())
        referrer = None
        if session is not None:
            referrer = portal_referrer(session.subject, stores=services.stores)
        if session is None or referrer is None:
            raise SignedOut
        return session, referrer

    def form(self) -> tuple[Session, Referrer, dict[str, str]]:
        """Return the session's referrer and the form's fields; raise Forbidden or RateLimited."""
        services = self.services
        session, referrer = self.signed_in()
        fields = guarded_form(self.event, session, services.session_keys())
        limit_person(
            referrer.referrer,
            "portal",
            address_key=services.address_key(),
            stores=services.stores,
            now=services.now,
            most=FORMS_A_DAY,
        )
        return session, referrer, fields

    def query(self, name: str) -> str:
        """Return a parameter of the query, empty if it is missing."""
        return str((self.event.get("queryStringParameters") or {}).get(name, ""))

    def locale(self, portal: Portal, referrer: Referrer) -> str:
        """Return the language in which the portal is shown."""
        return locale_of(self.event, portal.program.locales, referrer.locale)

    def reader(self) -> Reader:
        """Return the session's reader, for a page about an error."""
        session = self._cookies().session(self.event, "referrer", self.services.now())
        if session is None:
            return Reader()
        return reader_of_referrer(session.subject, stores=self.services.stores)

    def to_sign_in(self) -> Response[str]:
        """Redirect the browser to the sign-in page, and close an invalid session."""
        named = self.query("program")
        path = sign_in_path(named if OWN_ID.fullmatch(named) else "")
        return see_other(path, self._cookies().leave(self.event, "referrer"))

    def _cookies(self) -> Cookies:
        return Cookies(
            self.services.session_keys(), self.services.public_url().startswith("https:")
        )
