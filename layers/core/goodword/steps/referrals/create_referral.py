"""Enter a referral by hand: a contact from a referrer, a verbal referral, or one from the CRM."""

from __future__ import annotations

from goodword.domain.errors import BadInput
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Source
from goodword.steps.programs.find_program import current_program
from goodword.steps.referrals.capture_signup import ContactReader, Signup, check_open, read_contact
from goodword.steps.referrals.register_referral import (
    Introduction,
    Made,
    RegisterReferralDeps,
    register_referral,
)
from goodword.steps.referrers.find_referrer import recommending_referrer


@dataclass(frozen=True, slots=True)
class EnteredReferral:
    """A referral as entered by a person.

    attestation: the referrer's statement that they may share the contact.
    """

    referrer: str
    program: str
    source: Source
    contact: Signup
    attestation: str = ""


def create_referral(
    entered: EnteredReferral,
    *,
    contacts: ContactReader,
    deps: RegisterReferralDeps,
) -> Made:
    """Make the referral under the program's present terms.

    A contact that a referrer enters by form requires their attestation.
    """
    if entered.source == "form" and not entered.attestation.strip():
        raise BadInput(
            "the attestation is missing",
            where="attestation",
            remedy="Send the text with which the referrer confirmed that they may share it.",
        )
    terms = current_program(entered.program, stores=deps.stores)
    referrer = recommending_referrer(entered.referrer, stores=deps.stores)
    check_open(terms, deps.now())
    prospect = read_contact(entered.contact, terms, contacts)
    introduction = Introduction(
        referrer=referrer,
        prospect=prospect,
        program=terms,
        source=entered.source,
        attestation=entered.attestation.strip(),
        disposable=contacts.disposable(prospect.email),
    )
    return register_referral(introduction, deps=deps)
