"""The forms of the portal, empty or as sent with mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Shown
from goodword.domain.referrers.sign_off import may_ask_to_earn, shown_now, story_signed_off, up_to
from goodword.domain.referrers.story import STORY_MOST
from goodword.messages import page_labels
from goodword.messages.sentence import Sentence
from goodword.pages.components import Action, Field, Form
from goodword.pages.contact_form import contact_fields
from goodword.steps.referrers.serve_portal import Portal

# The attestation of a referrer who enters a contact; stored with the referral in the language of
# the page.
ATTESTATION = page_labels.ATTESTATION
LABELS: Mapping[str, Sentence] = {
    "name": page_labels.THEIR_NAME,
    "email": page_labels.THEIR_EMAIL,
    "phone": page_labels.THEIR_PHONE,
    "company": page_labels.THEIR_COMPANY,
    "segment": page_labels.KIND_OF_COMPANY,
    "company_size": page_labels.THEIR_COMPANY_SIZE,
    "region": page_labels.REGION,
    "product": page_labels.PRODUCT,
}
SHOWN_LABELS: Mapping[Shown, Sentence] = {
    "name": page_labels.MY_NAME_AND_MY_COMPANY,
    "company": page_labels.MY_COMPANY_ONLY,
    "nothing": page_labels.NOTHING_YET,
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A rejected form: its name, what was typed, and the sentence of each wrong field."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Sentence] = field(default_factory=dict)

    def of(self, form: str) -> Typed:
        """Return it if it is the named form's, and otherwise an empty one."""
        return self if form == self.form else NOTHING_TYPED


NOTHING_TYPED = Typed()
_SAVE = Action(page_labels.SAVE, look="quiet")


def portal_forms(portal: Portal, typed: Typed, mark: str, locale: str) -> dict[str, Form]:
    """Return the forms that a referrer may use, by name; a rejected one as it was sent."""
    program, referrer = portal.program, portal.referrer
    hidden = {"mark": mark, "program": program.program}
    needs = program.needs_sign_off(referrer.segment)
    forms = {
        "link": Form("/portal/link", Action(page_labels.CREATE_MY_LINK), hidden=hidden),
        "contact": _contact_form(portal, typed.of("contact"), hidden, locale),
        "sign-off": _sign_off_form(portal, typed.of("sign-off"), hidden),
        "story": _story_form(portal, typed.of("story"), hidden),
    }
    less = up_to(referrer.signed_shown if needs else "name")
    if not portal.internal_only and len(less) > 1:
        own = typed.of("shown")
        label, value = page_labels.SHOWN_TO_VISITORS, shown_now(program, referrer)
        error = own.errors.get("shown")
        choice = Field("shown", label, "radios", value, _options(less), error=error)
        forms["shown"] = Form("/portal/shown#shown", _SAVE, (choice,), hidden)
    return forms


def _contact_form(portal: Portal, own: Typed, hidden: Mapping[str, str], locale: str) -> Form:
    fields = contact_fields(portal.program, locale, LABELS, own.values, own.errors, own=False)
    unsent = page_labels.NOTHING_WAS_SENT
    agreed = own.values.get("attestation", "")
    error = own.errors.get("attestation")
    return Form(
        "/portal/contact#contact",
        Action(page_labels.INTRODUCE_THEM),
        (*fields, Field("attestation", ATTESTATION, "check", agreed, error=error)),
        hidden,
        problem=unsent if own.form and portal.closed else "",
        unchecked=True,
    )


def _sign_off_form(portal: Portal, own: Typed, hidden: Mapping[str, str]) -> Form:
    referrer, values, errors = portal.referrer, own.values, own.errors
    ask = page_labels.WHAT_IS_SHOWN_ABOUT_YOU
    shown = values.get("shown", "name")
    options = _options(up_to("name"))
    error = errors.get("shown")
    fields = [Field("shown", ask, "radios", shown, options, error=error, own_id="ask-shown")]
    if may_ask_to_earn(referrer):
        earn = values.get("earns", "yes")
        answers = (("yes", page_labels.YES), ("no", page_labels.NO_CREDIT_PLEASE))
        label = page_labels.MAY_RECEIVE_CREDITS
        error = errors.get("earns")
        fields.append(Field("earns", label, "radios", earn, answers, error=error))
    else:
        hidden = {**hidden, "earns": "no"}
    if portal.program.stories and referrer.story:
        ticked = values.get("story", "") if own.form else "yes"
        label = page_labels.STORY_MAY_BE_SHOWN
        fields.append(Field("story", label, "check", ticked, required=False, own_id="ask-story"))
    fields.append(
        Field(
            "approver",
            page_labels.APPROVER_EMAIL,
            "email",
            values.get("approver", ""),
            help=page_labels.APPROVER_HELP,
            error=errors.get("approver"),
        )
    )
    return Form(
        "/portal/sign-off#sign-off", Action(page_labels.SEND_THE_REQUEST), tuple(fields), hidden
    )


def _story_form(portal: Portal, own: Typed, hidden: Mapping[str, str]) -> Form:
    referrer = portal.referrer
    best = page_labels.story_help(STORY_MOST)
    fields = [
        Field(
            "story-text",
            page_labels.YOUR_STORY,
            "area",
            own.values.get("story-text", referrer.story),
            help=best,
            error=own.errors.get("story"),
            required=False,
            most=STORY_MOST,
        )
    ]
    publish = own.values.get("publish", "") if own.form else "yes" if referrer.story_shown else ""
    label = None
    if not portal.program.needs_sign_off(referrer.segment):
        label = page_labels.STORY_FOR_EVERYONE
    elif story_signed_off(referrer, referrer.story):
        label = page_labels.STORY_AS_SIGNED_OFF
    if label is not None:
        fields.append(Field("publish", label, "check", publish, required=False))
    return Form("/portal/story#story", _SAVE, tuple(fields), hidden)


def _options(options: Sequence[Shown]) -> tuple[tuple[str, Sentence], ...]:
    return tuple((each, SHOWN_LABELS[each]) for each in options)
