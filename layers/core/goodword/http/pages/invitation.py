"""The pages of an invitation: accept it with one button, or request a fresh mail."""

from __future__ import annotations

from typing import NamedTuple

from goodword.domain.access.session import open_session
from goodword.domain.errors import Conflict, Gone, OutOfDate
from goodword.domain.programs.reader import Reader
from goodword.http.pages.web import (
    Cookies,
    Event,
    html,
    locale_of,
    message_page,
    page_form,
    see_other,
    sign_in_path,
)
from goodword.http.request import source_address
from goodword.http.router import Response
from goodword.http.wiring import Services
from goodword.messages import page_labels
from goodword.messages.notice import offers_of
from goodword.messages.portal import closed_sentence
from goodword.messages.sentence import Sentence
from goodword.pages.render import render_page
from goodword.ports.services import Enqueue
from goodword.steps.referrers.accept_invitation import (
    AcceptInvitationDeps,
    accept_invitation,
    invite_again,
    look_at_invitation,
)
from goodword.steps.referrers.find_reader import reader_of_token


class InvitationPages(NamedTuple):
    """One request to an invitation's link.

    enqueue: enqueues a mail.
    """

    services: Services
    enqueue: Enqueue
    event: Event

    def show(self, token: str) -> Response[str]:
        """Show the invitation; viewing does not use it."""
        try:
            return self._invitation(token)
        except Gone as gone:
            return self._over(gone, token)

    def accept(self, token: str) -> Response[str]:
        """Enroll the person and open their portal, or show why that is not possible."""
        typed = page_form(self.event).get("version", "")
        version = int(typed) if typed.isdecimal() and len(typed) < 9 else 0
        try:
            accepted = accept_invitation(token, version, deps=self._accepting())
        except Gone as gone:
            return self._over(gone, token)
        except OutOfDate:
            return self._invitation(token, changed=True, status=409)
        except Conflict as conflict:
            if conflict.where == "program":
                return self._invitation(token, status=409)
            return self._enrolled_already(409, token)
        if not accepted.new:
            # An enrolled person has their own page, and a mail from weeks ago must not open it.
            return self._enrolled_already(200, token)
        services = self.services
        cookies = Cookies(services.session_keys(), services.public_url().startswith("https:"))
        session = open_session("referrer", accepted.referrer.referrer, services.now())
        return see_other("/portal", [cookies.open(session, services.now())])

    def send_again(self, token: str) -> Response[str]:
        """Send the invitation again, to the address that was invited."""
        invite_again(token, source_address(self.event), deps=self._accepting())
        return self._reply_with(
            200,
            self._whom(token),
            page_labels.INVITATION_SENT_AGAIN,
            page_labels.CHECK_INBOX,
        )

    def _accepting(self) -> AcceptInvitationDeps:
        """Return the dependencies of accepting; reads an outdated secret again."""
        services = self.services
        return AcceptInvitationDeps(
            services.stores,
            services.now,
            services.new_id,
            self.enqueue,
            services.identity_key(),
            services.session_keys(),
            services.address_key(),
            services.public_url(),
        )

    def _enrolled_already(self, status: int, token: str) -> Response[str]:
        whom = self._whom(token)
        return self._reply_with(
            status,
            whom,
            page_labels.ALREADY_ENROLLED,
            page_labels.SIGN_IN_WITH_EMAIL,
            link=(sign_in_path(whom.program), page_labels.SIGN_IN),
        )

    def _invitation(self, token: str, *, changed: bool = False, status: int = 200) -> Response[str]:
        seen = look_at_invitation(token, deps=self._accepting())
        program = seen.program
        today = program.day(self.services.now())
        closed = program.closed_on(today)
        text = render_page(
            "invitation",
            locale=locale_of(self.event, program.locales, seen.referrer.locale),
            brand=program.brand,
            today=today,
            program=program.localized("name"),
            prospect_gets=program.localized("prospect_gets"),
            offers=offers_of(program, seen.currency),
            referrer=seen.referrer,
            version=program.version,
            terms_url=program.terms_url,
            token=token,
            changed=changed,
            closed=None if closed is None else closed_sentence(closed),
            over=program.ended(today),
        )
        return html(status, text)

    def _over(self, gone: Gone, token: str) -> Response[str]:
        """Show that a link was used or has expired, and offer a new email."""
        if gone.where == "used":
            heading = page_labels.LINK_USED
            sentence = page_labels.RETURN_TO_PORTAL
        else:
            heading = page_labels.INVITATION_EXPIRED
            sentence = page_labels.OFFER_STILL_OPEN
        whom = self._whom(token)
        text = render_page(
            "press",
            locale=locale_of(self.event, own=whom.locale),
            brand=whom.brand,
            today=self.services.now().date(),
            heading=heading,
            sentence=sentence,
            action=f"/i/{token}/again",
            label=page_labels.SEND_NEW_EMAIL,
        )
        return html(410, text)

    def _whom(self, token: str) -> Reader:
        """Return the reader that a link is for, used or not; only if its signature is valid."""
        stores = self.services.stores
        return reader_of_token(stores.tokens.get(token.partition(".")[0]), stores=stores)

    def _reply_with(
        self,
        status: int,
        whom: Reader,
        *sentences: Sentence,
        link: tuple[str, Sentence] | None = None,
    ) -> Response[str]:
        locale, today = locale_of(self.event, own=whom.locale), self.services.now().date()
        return message_page(status, sentences, locale, today, whom.brand, link)
