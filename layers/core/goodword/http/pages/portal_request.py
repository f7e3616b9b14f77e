"""One request of a customer to their portal: who is signed in, and what their form says."""

from __future__ import annotations

from typing import Final, NamedTuple

from goodword.domain.access.session import Session
from goodword.domain.programs.reader import Reader
from goodword.domain.referrers.customer import OWN_ID, Customer
from goodword.http.pages.web import Cookies, Event, guarded_form, locale_of, see_other, sign_in_path
from goodword.http.router import Response
from goodword.http.wiring import House
from goodword.steps.access.limit_requests import limit_person
from goodword.steps.referrers.find_reader import reader_of_customer
from goodword.steps.referrers.serve_portal import Portal, portal_customer

# Of one customer in a day, of all forms together: far more than a person fills in.
FORMS_A_DAY: Final = 100


class SignedOut(Exception):
    """The request has no session, or that of a person who may not come in now."""


class PortalRequest(NamedTuple):
    """One request. house: what answers it."""

    house: House
    event: Event

    def signed_in(self) -> tuple[Session, Customer]:
        """Return whose session it is; raise SignedOut without one, or if the person was erased."""
        house = self.house
        session = self._cookies().session(self.event, "customer", house.now())
        customer = None
        if session is not None:
            customer = portal_customer(session.subject, stores=house.stores)
        if session is None or customer is None:
            raise SignedOut
        return session, customer

    def form(self) -> tuple[Session, Customer, dict[str, str]]:
        """Return whose form it is, and its fields; raise Forbidden or RateLimited."""
        house = self.house
        session, customer = self.signed_in()
        fields = guarded_form(self.event, session, house.session_keys())
        limit_person(
            customer.customer,
            "portal",
            address_key=house.address_key(),
            stores=house.stores,
            now=house.now,
            most=FORMS_A_DAY,
        )
        return session, customer, fields

    def query(self, name: str) -> str:
        """Return a parameter of the query, empty where it is missing."""
        return str((self.event.get("queryStringParameters") or {}).get(name, ""))

    def locale(self, portal: Portal, customer: Customer) -> str:
        """Return the language in which the portal is shown."""
        return locale_of(self.event, portal.program.locales, customer.locale)

    def reader(self) -> Reader:
        """Return whose session a request has, for a page about what went wrong."""
        session = self._cookies().session(self.event, "customer", self.house.now())
        if session is None:
            return Reader()
        return reader_of_customer(session.subject, stores=self.house.stores)

    def to_sign_in(self) -> Response[str]:
        """Send the browser to where one signs in, and close a session that did not hold."""
        named = self.query("program")
        path = sign_in_path(named if OWN_ID.fullmatch(named) else "")
        return see_other(path, self._cookies().leave(self.event, "customer"))

    def _cookies(self) -> Cookies:
        return Cookies(self.house.session_keys(), self.house.public_url().startswith("https:"))
