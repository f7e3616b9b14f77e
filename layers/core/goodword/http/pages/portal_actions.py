"""The actions of the portal's forms, each with its step.

A step is loaded at its first use: the portal is viewed far more often than a form is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from aws_lambda_powertools import Logger

from goodword.contact_validation.reader import ContactFields
from goodword.domain.errors import BadInput, Conflict
from goodword.domain.locale import LOCALES
from goodword.domain.referrers.referrer import OWN_ID
from goodword.http.pages.portal import read_contact_form, wrong
from goodword.http.pages.portal_forms import Typed
from goodword.http.pages.portal_pages import Answer, answer
from goodword.http.pages.portal_request import PortalRequest
from goodword.http.pages.sign_off import read_shown, read_wish
from goodword.http.pages.web import see_other
from goodword.messages.sentence import Sentence
from goodword.steps.referrals.register_referral import RegisterReferralDeps
from goodword.steps.referrers.serve_portal import Portal, serve_portal
from goodword.steps.referrers.update_referrer import change_locale, change_shown, change_story

log = Logger()
Fields = Mapping[str, str]
# Does the action of a form; returns the wrong fields with their sentences, if there are any.
Take = Callable[[Portal, Fields], Mapping[str, Sentence] | None]


def hand_over(request: PortalRequest) -> Answer:
    """Take a contact that the referrer enters."""
    from goodword.steps.referrals.create_referral import create_referral

    services = request.services

    def take(portal: Portal, fields: Fields) -> Mapping[str, Sentence] | None:
        portal.check_outside()
        referrer, contacts = portal.referrer, ContactFields()
        name, locale = referrer.referrer, request.locale(portal, referrer)
        entered, problems = read_contact_form(fields, portal.program, name, locale, contacts)
        if problems:
            return problems
        made = create_referral(
            entered,
            contacts=contacts,
            deps=RegisterReferralDeps(
                identity_key=services.identity_key(),
                stores=services.stores,
                now=services.now,
                new_id=services.new_id,
            ),
        )
        log.info("handed over", extra={"referral": made.referral.referral, "new": made.new})
        return None

    return _take(request, "contact", take)


def make_first_link(request: PortalRequest) -> Answer:
    """Make the first link to share, if there is none yet."""
    from goodword.steps.links.create_link import make_portal_link

    def take(portal: Portal, _: Fields) -> None:
        make_portal_link(portal, deps=request.services.linking())

    return _take(request, "link", take)


def ask_approver(request: PortalRequest) -> Answer:
    """Ask the approver for a sign-off."""
    from goodword.steps.referrers.ask_sign_off import AskSignOffDeps, ask_sign_off

    services = request.services

    def take(portal: Portal, fields: Fields) -> None:
        if "approver" not in fields:
            raise BadInput("the address is missing", where="approver", remedy="Write it.")
        enqueue, contacts = services.enqueue_mail(), ContactFields()
        asking = AskSignOffDeps(services.stores, contacts, services.now, services.new_id, enqueue)
        name, wish = portal.referrer.referrer, read_wish(fields)
        ask_sign_off(name, portal.program, wish, fields["approver"], deps=asking)

    return _take(request, "sign-off", take, notice="asked")


def keep_shown(request: PortalRequest) -> Answer:
    """Store what landing pages may show of the referrer."""
    stores = request.services.stores

    def take(portal: Portal, fields: Fields) -> None:
        change_shown(portal.referrer.referrer, read_shown(fields), portal.program, stores=stores)

    return _take(request, "shown", take)


def keep_story(request: PortalRequest) -> Answer:
    """Store the referrer's story."""
    stores = request.services.stores

    def take(portal: Portal, fields: Fields) -> None:
        text, publish = fields.get("story-text", ""), fields.get("publish") == "yes"
        change_story(portal.referrer.referrer, text, portal.program, publish=publish, stores=stores)

    return _take(request, "story", take)


def keep_language(request: PortalRequest) -> Answer:
    """Store the referrer's language, and show the open program."""
    _, referrer, fields = request.form()
    locale = fields.get("locale", "")
    if locale in LOCALES:
        change_locale(referrer.referrer, locale, stores=request.services.stores)
    program = fields.get("program", "")
    return see_other("/portal" + (f"?program={program}" if OWN_ID.fullmatch(program) else ""))


def _take(request: PortalRequest, form: str, take: Take, *, notice: str = "") -> Answer:
    """Do the action of a form and redirect the browser, or show the form again with its errors.

    A closed program is reported on the page, which keeps what was typed.
    """
    services = request.services
    session, referrer, fields = request.form()
    wanted = fields.get("program", "")
    portal = serve_portal(referrer, wanted, None, stores=services.stores, now=services.now)
    status = 422
    try:
        problems = take(portal, fields)
    except BadInput as error:
        problems = wrong(error, referrer)
    except Conflict as error:
        if error.where != "program":
            raise
        problems, status = {}, 409
    if problems or status == 409:
        typed = Typed(form, fields, problems or {})
        return answer(request, session, referrer, wanted, typed=typed, status=status)
    query = urlencode({"program": portal.program.program, "notice": notice or form})
    return see_other(f"/portal?{query}#content")
