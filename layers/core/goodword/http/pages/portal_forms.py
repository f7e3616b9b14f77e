"""The forms of the portal, empty or as sent with mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from goodword.domain.record import dataclass
from goodword.domain.referrers.referrer import Shown
from goodword.domain.referrers.sign_off import may_ask_to_earn, shown_now, story_signed_off, up_to
from goodword.domain.referrers.story import STORY_MOST
from goodword.messages.sentence import Sentence, say
from goodword.pages.components import Action, Field, Form
from goodword.pages.contact_form import contact_fields
from goodword.steps.referrers.serve_portal import Portal

# The attestation of a referrer who enters a contact; stored with the referral in the language of
# the page.
ATTESTATION = say(
    "I know this person, and they agreed that I may give you their details "
    "so that you can contact them."
)
LABELS: Mapping[str, Sentence] = {
    "name": say("Their name"),
    "email": say("Their e-mail"),
    "phone": say("Their phone"),
    "company": say("Their company"),
    "segment": say("Kind of company"),
    "company_size": say("How many people work there"),
    "region": say("Region"),
    "product": say("Product"),
}
SHOWN_LABELS: Mapping[Shown, Sentence] = {
    "name": say("My name and my company"),
    "company": say("My company only"),
    "nothing": say("Nothing yet"),
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
_SAVE = Action(say("Save"), look="quiet")


def portal_forms(portal: Portal, typed: Typed, mark: str, locale: str) -> dict[str, Form]:
    """Return the forms that a referrer may use, by name; a rejected one as it was sent."""
    program, referrer = portal.program, portal.referrer
    hidden = {"mark": mark, "program": program.program}
    needs = program.needs_sign_off(referrer.segment)
    forms = {
        "link": Form("/portal/link", Action(say("Make my link")), hidden=hidden),
        "contact": _contact_form(portal, typed.of("contact"), hidden, locale),
        "sign-off": _sign_off_form(portal, typed.of("sign-off"), hidden),
        "story": _story_form(portal, typed.of("story"), hidden),
    }
    less = up_to(referrer.signed_shown if needs else "name")
    if not portal.internal_only and len(less) > 1:
        own = typed.of("shown")
        label, value = say("People who follow your link see:"), shown_now(program, referrer)
        error = own.errors.get("shown")
        choice = Field("shown", label, "radios", value, _options(less), error=error)
        forms["shown"] = Form("/portal/shown#shown", _SAVE, (choice,), hidden)
    return forms


def _contact_form(portal: Portal, own: Typed, hidden: Mapping[str, str], locale: str) -> Form:
    fields = contact_fields(portal.program, locale, LABELS, own.values, own.errors, own=False)
    unsent = say("Nothing was sent. What you typed is still here.")
    agreed = own.values.get("attestation", "")
    error = own.errors.get("attestation")
    return Form(
        "/portal/contact#contact",
        Action(say("Introduce them")),
        (*fields, Field("attestation", ATTESTATION, "check", agreed, error=error)),
        hidden,
        problem=unsent if own.form and portal.closed else "",
        unchecked=True,
    )


def _sign_off_form(portal: Portal, own: Typed, hidden: Mapping[str, str]) -> Form:
    referrer, values, errors = portal.referrer, own.values, own.errors
    ask = say("What may be shown about you?")
    shown = values.get("shown", "name")
    options = _options(up_to("name"))
    error = errors.get("shown")
    fields = [Field("shown", ask, "radios", shown, options, error=error, own_id="ask-shown")]
    if may_ask_to_earn(referrer):
        earn = values.get("earns", "yes")
        answers = (("yes", say("Yes")), ("no", say("No, we recommend without a credit")))
        label = say("May your account receive credits?")
        error = errors.get("earns")
        fields.append(Field("earns", label, "radios", earn, answers, error=error))
    else:
        hidden = {**hidden, "earns": "no"}
    if portal.program.stories and referrer.story:
        ticked = values.get("story", "") if own.form else "yes"
        label = say("My story may be shown, too.")
        fields.append(Field("story", label, "check", ticked, required=False, own_id="ask-story"))
    fields.append(
        Field(
            "approver",
            say("Your approver's e-mail"),
            "email",
            values.get("approver", ""),
            help=say(
                "A colleague who may speak for your company. They get one mail, with one link that "
                "works once."
            ),
            error=errors.get("approver"),
        )
    )
    return Form("/portal/sign-off#sign-off", Action(say("Send the request")), tuple(fields), hidden)


def _story_form(portal: Portal, own: Typed, hidden: Mapping[str, str]) -> Form:
    referrer = portal.referrer
    best = say(
        "Best with one number: what was it before, what is it now? At most %(most)s characters.",
        most=STORY_MOST,
    )
    fields = [
        Field(
            "story-text",
            say("Your story"),
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
        label = say("It may be shown to everybody who follows my link.")
    elif story_signed_off(referrer, referrer.story):
        label = say("It may be shown as it was signed off; what I change is signed off again.")
    if label is not None:
        fields.append(Field("publish", label, "check", publish, required=False))
    return Form("/portal/story#story", _SAVE, tuple(fields), hidden)


def _options(options: Sequence[Shown]) -> tuple[tuple[str, Sentence], ...]:
    return tuple((each, SHOWN_LABELS[each]) for each in options)
