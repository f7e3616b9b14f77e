"""The approver's form as input of steps, and the data of their pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from goodword.domain.errors import BadInput
from goodword.domain.programs.brand import Brand
from goodword.domain.referrers.referrer import Shown
from goodword.domain.referrers.sign_off import Answer, SignOffWish, story_seen, up_to
from goodword.messages import page_labels
from goodword.messages.sentence import Sentence
from goodword.pages.components import Action, Field, Form
from goodword.pages.render import render_page
from goodword.steps.referrers.sign_off import Question

THEIRS: Mapping[Shown, Sentence] = {
    "name": page_labels.THEIR_NAME_AND_YOUR_COMPANY,
    "company": page_labels.YOUR_COMPANY_ONLY,
    "nothing": page_labels.NOTHING_YET,
}


def read_wish(fields: Mapping[str, str]) -> SignOffWish:
    """Read an approver's answer, or a request to them."""
    answers: dict[str, Answer] = {"yes": "yes", "no": "no"}
    earns = answers.get(fields.get("earns", ""))
    if earns is None:
        raise BadInput("earns is missing", where="earns", remedy="Choose one.")
    return SignOffWish(read_shown(fields), earns, fields.get("story") == "yes")


def read_shown(fields: Mapping[str, str]) -> Shown:
    """Read what may be shown."""
    wanted = fields.get("shown", "")
    for shown in THEIRS:
        if wanted == shown:
            return shown
    raise BadInput("shown is missing", where="shown", remedy="Choose one.")


def sign_off_page(
    question: Question, chosen: SignOffWish, problem: Sentence | None, *, locale: str, today: date
) -> str:
    """Render the request to an approver.

    problem: the error in their answer.
    """
    referrer, program = question.referrer, question.program
    return render_page(
        "sign_off",
        locale=locale,
        brand=program.brand,
        today=today,
        referrer=referrer,
        program=program,
        asked=question.asked,
        chosen=chosen.at_most(question.asked),
        until=program.day(question.token.expires_at),
        form=_form(question, chosen.at_most(question.asked), problem),
    )


def _form(question: Question, chosen: SignOffWish, problem: Sentence | None) -> Form:
    """Show only the options that the referrer requested."""
    asked, fields = question.asked, []
    hidden = {"seen": story_seen(question.referrer.story)} if asked.story else {}
    if len(options := up_to(asked.shown)) > 1:
        labels = tuple((each, THEIRS[each]) for each in options)
        fields.append(Field("shown", page_labels.WHAT_MAY_BE_SHOWN, "radios", chosen.shown, labels))
    else:
        hidden["shown"] = "nothing"
    if asked.earns == "yes":
        may = page_labels.MAY_COMPANY_RECEIVE_CREDITS
        answers = (("yes", page_labels.YES), ("no", page_labels.NO))
        fields.append(Field("earns", may, "radios", chosen.earns, answers))
    else:
        hidden["earns"] = "no"
    return Form(
        "",
        Action(page_labels.SIGN_OFF, name="decision", value="yes"),
        tuple(fields),
        hidden,
        secondary=Action(page_labels.DECLINE, look="quiet", name="decision", value="no"),
        problem=problem or "",
        look="card",
    )


def problem_of_answer(error: BadInput) -> Sentence:
    """Return the sentence for an approver about an error in their answer."""
    if error.where == "story":
        return page_labels.STORY_CHANGED
    return page_labels.ANSWER_BOTH


def answered_page(notice: str, *, locale: str, today: date, brand: Brand) -> str:
    """Thank an approver for their answer, or say that the question is answered.

    notice: yes or no.
    """
    over = page_labels.NOTHING_MORE_TO_DO
    heading, sentence = {
        "yes": (
            page_labels.SIGNED_OFF,
            page_labels.REFERRER_MAY_SHARE,
        ),
        "no": (
            page_labels.DECLINED,
            page_labels.NOT_SHOWN_NOR_EARNED,
        ),
    }.get(notice, (page_labels.ALREADY_ANSWERED, page_labels.LINK_WORKS_ONCE))
    return render_page(
        "message",
        locale=locale,
        brand=brand,
        today=today,
        heading=heading,
        sentences=(sentence, over),
        link=None,
    )
