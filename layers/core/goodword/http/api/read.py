"""Read each body of /v1 into the input of its step; this module names every field.

A function reads one or two of these bodies, so an import that only one of them needs is made where
it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from goodword.domain.contact import MOST, MOST_SAID, read_size
from goodword.domain.errors import BadInput
from goodword.domain.locale import LOCALES
from goodword.domain.money import exponent
from goodword.domain.referrers.referrer import Referrer, check_id
from goodword.http.api.body import Fields

if TYPE_CHECKING:
    from goodword.domain.access.api_key import Scope
    from goodword.domain.access.staff import Role
    from goodword.domain.crm_copy.connection import Connection, PropertyMapping
    from goodword.steps.links.create_link import LinkWish
    from goodword.steps.referrals.capture_signup import ContactReader, Signup
    from goodword.steps.referrals.create_referral import EnteredReferral
    from goodword.steps.referrers.invite_referrer import InvitationWish
    from goodword.steps.referrers.update_referrer import ReferrerChange

# Each contact takes a few writes; this many fit into one run of a function.
MOST_INVITED = 50
SAID = ("segment", "region", "product")


def read_key_wish(data: Mapping[str, Any]) -> tuple[tuple[Scope, ...], str]:
    """Read the scopes and the label of a new key."""
    from goodword.domain.access.api_key import SCOPES

    fields = Fields(data)
    scopes = fields.texts("scopes", len(SCOPES), 10)
    known = tuple(scope for scope in SCOPES if scope in scopes)
    if not scopes or set(scopes) != set(known):
        raise BadInput(
            "scopes are missing or unknown",
            where="scopes",
            remedy=f"Use some of: {', '.join(SCOPES)}.",
        )
    label = fields.text("label", 80)
    fields.done()
    return known, label


def read_staff(data: Mapping[str, Any], contacts: ContactReader) -> tuple[str, Role]:
    """Read the address and the role of a new staff member."""
    from goodword.domain.access.staff import ROLES

    fields = Fields(data)
    wish = contacts.email(fields.text("email", MOST["email"])), fields.choice("role", ROLES)
    fields.done()
    return wish


def read_staff_address(data: Mapping[str, Any], contacts: ContactReader) -> str:
    """Read the address of a staff member to remove."""
    fields = Fields(data)
    email = contacts.email(fields.text("email", MOST["email"]))
    fields.done()
    return email


def read_referrer(
    data: Mapping[str, Any], contacts: ContactReader, at: datetime
) -> tuple[Referrer, str]:
    """Read a referrer to enroll, and the currency of their account if given."""
    fields = Fields(data)
    referrer = Referrer(
        referrer=check_id(fields.text("referrer", 64), "referrer"),
        account=check_id(fields.text("account", 64), "account"),
        name=contacts.name(fields.text("name", MOST["name"])),
        email=contacts.email(fields.text("email", MOST["email"])),
        created_at=at,
        earns=fields.choice("earns", ("yes", "no", "ask"), "yes"),
        crm_id=fields.text("crm_id", 64, ""),
        rep=fields.text("rep", 64, ""),
        group=fields.text("group", 64, ""),
        nps=fields.whole("nps", 0, 10),
        products=fields.texts("products", 20, 60),
        company=fields.text("company", MOST["company"], ""),
        segment=fields.text("segment", 60, ""),
        locale=fields.choice("locale", LOCALES, "en"),
    )
    currency = fields.text("currency", 3, "")
    if currency:
        exponent(currency)
    fields.done()
    return referrer, currency


def read_referrer_change(data: Mapping[str, Any], contacts: ContactReader) -> ReferrerChange:
    """Read the new values of a referrer: the given ones, including empty ones.

    Raise BadInput if none is given.
    """
    from goodword.steps.referrers.update_referrer import ReferrerChange

    fields = Fields(data)
    name, products = fields.text("name", MOST["name"], ""), fields.texts("products", 20, 60)
    notes = {"company": MOST["company"], "segment": 60, "crm_id": 64, "rep": 64, "group": 64}
    taken: dict[str, Any] = {each: fields.text(each, most, "") for each, most in notes.items()}
    taken |= {"nps": fields.whole("nps", 0, 10), "products": products}
    taken["earns"] = fields.choice("earns", ("yes", "no", "ask"), "yes")
    fields.done()
    said = {each for each, value in data.items() if value is not None}
    if not said:
        raise BadInput("nothing is to be changed", where="body", remedy="Send at least one field.")
    if "name" in said:
        taken["name"] = contacts.name(name)
    return ReferrerChange(**{each: value for each, value in taken.items() if each in said})


def read_wishes(
    data: Mapping[str, Any], contacts: ContactReader, at: datetime, new_id: Callable[[str], str]
) -> tuple[InvitationWish, ...]:
    """Read the contacts to invite, the program, and whether to mail them.

    Raise BadInput with the contact's place.
    """
    from goodword.steps.referrers.invite_referrer import InvitationWish

    fields = Fields(data)
    program = check_id(fields.text("program", 64), "program")
    mail, again = fields.flag("mail"), fields.flag("again")
    given = fields.either("contacts")
    fields.done()
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_INVITED:
        raise BadInput(
            f"contacts is not a list of 1 to {MOST_INVITED}",
            where="contacts",
            remedy="Send them in several requests.",
        )
    wishes = []
    for place, each in enumerate(given):
        if not isinstance(each, dict):
            raise BadInput(
                "a contact is not an object",
                where=f"contacts[{place}]",
                remedy="Send an object: {…}.",
            )
        try:
            referrer, currency = read_referrer({"referrer": new_id("cu"), **each}, contacts, at)
        except BadInput as error:
            raise BadInput(
                error.what, where=f"contacts[{place}].{error.where}", remedy=error.remedy
            ) from None
        wishes.append(
            InvitationWish(referrer, currency, program, mail is not False, again or False)
        )
    return tuple(wishes)


def read_link_wish(referrer: str, data: Mapping[str, Any]) -> LinkWish:
    """Read the request for a link."""
    from goodword.domain.links.link import CHANNELS
    from goodword.steps.links.create_link import LinkWish

    fields = Fields(data)
    wish = LinkWish(
        referrer=referrer,
        program=check_id(fields.text("program", 64), "program"),
        channel=fields.choice("channel", CHANNELS, "other"),
        code=fields.text("code", 40, ""),
        target=fields.text("target", 500, ""),
        internal_only=fields.flag("internal_only") or False,
    )
    fields.done()
    return wish


def read_link_change(data: Mapping[str, Any]) -> tuple[bool | None, datetime | None]:
    """Read whether a link is to be paused, and when a mail with it was delivered."""
    fields = Fields(data)
    change = fields.flag("paused"), fields.time("mailed_at")
    fields.done()
    if change == (None, None):
        raise BadInput("nothing is to be changed", where="body", remedy="Send paused or mailed_at.")
    return change


def read_signup(data: Mapping[str, Any]) -> Signup:
    """Read a signup with its click token."""
    from goodword.domain.programs.token_parameter import TOKEN_PARAMETER

    fields = Fields(data)
    token = fields.text(TOKEN_PARAMETER, 200, "")
    signup = _contact(fields, token)
    fields.done()
    return signup


def _contact(fields: Fields, token: str) -> Signup:
    from goodword.steps.referrals.capture_signup import Signup

    said = {name: fields.text(name, MOST_SAID, "") for name in SAID}
    said["company_size"] = _company_size(fields)
    return Signup(
        token=token,
        name=fields.text("name", MOST["name"]),
        email=fields.text("email", MOST["email"]),
        phone=fields.text("phone", MOST["phone"], ""),
        company=fields.text("company", MOST["company"], ""),
        said={name: value for name, value in said.items() if value},
    )


def _company_size(fields: Fields) -> str:
    """Read the size as a whole number, or as its text, which is what a form sends."""
    stored = fields.either("company_size")
    if stored is None:
        return ""
    text = str(stored) if isinstance(stored, int) and not isinstance(stored, bool) else stored
    size = read_size(text) if isinstance(text, str) else ""
    if not size:
        raise BadInput(
            "company_size is not a whole number",
            where="company_size",
            remedy="Send a number of at least 1.",
        )
    return size


def read_entered(data: Mapping[str, Any]) -> EnteredReferral:
    """Read a referral that is entered by hand."""
    from goodword.domain.referrals.referral import SOURCES
    from goodword.steps.referrals.create_referral import EnteredReferral

    fields = Fields(data)
    entered = EnteredReferral(
        referrer=check_id(fields.text("referrer", 64), "referrer"),
        program=check_id(fields.text("program", 64), "program"),
        source=fields.choice("source", tuple(each for each in SOURCES if each != "link")),
        attestation=fields.text("attestation", 500, ""),
        contact=_contact(fields, ""),
    )
    fields.done()
    return entered


def read_reason(data: Mapping[str, Any]) -> str:
    """Read the reason of a person's decision."""
    fields = Fields(data)
    reason = fields.text("reason", 300)
    fields.done()
    return reason


def read_connection(name: str, data: Mapping[str, Any]) -> Connection:
    """Read a connection's mapping of a CRM's properties."""
    from goodword.domain.crm_copy.connection import KINDS, Connection

    fields = Fields(data)
    properties = {
        key: _mapping(key, value) for key, value in sorted(fields.mapping("properties").items())
    }
    if len(properties) > 50:
        raise BadInput("there are more than 50 properties", where="properties", remedy="Map fewer.")
    currency = fields.text("currency", 3, "")
    if currency:
        exponent(currency)
    programs = fields.texts("programs", 20, 64)
    connection = Connection(
        connection=name,
        version=0,
        kind=fields.choice("kind", KINDS),
        programs=tuple(check_id(each, "programs") for each in programs),
        properties=properties,
        api_base=_api_base(fields.text("api_base", 200, "")),
        referral_property=fields.text("referral_property", 80, ""),
        currency=currency,
    )
    fields.done()
    return connection


def _api_base(text: str) -> str:
    """Read the address of a CRM's API: https and a host, or http on this machine for trials."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    secure = parts.scheme == "https" or (
        parts.scheme == "http" and host in ("127.0.0.1", "localhost", "::1")
    )
    if text and (not secure or not host or "@" in parts.netloc or parts.query or parts.fragment):
        raise BadInput(
            "api_base is not an allowed address of a CRM's API",
            where="api_base",
            remedy="Send an https address, such as https://api.hubapi.com.",
        )
    return text


def _mapping(name: str, value: Any) -> PropertyMapping:
    from goodword.domain.crm_copy.connection import PropertyMapping

    if not isinstance(value, dict) or len(name) > 120:
        raise BadInput(
            "a property is not an object",
            where="properties",
            remedy='Send {"attribute": …, "values": {…}}.',
        )
    fields = Fields(value)
    attribute = fields.text("attribute", 40)
    inner = fields.mapping("values")
    fields.done()
    values = Fields(inner)
    mapped = {raw: values.text(raw, 60) for raw in inner if raw and len(raw) <= 120}
    values.done()
    return PropertyMapping(attribute, mapped)
