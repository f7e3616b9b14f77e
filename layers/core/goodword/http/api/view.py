"""The JSON of records in /v1: amounts with their minor units, times in UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from goodword.domain.money import Money
from goodword.domain.reason import Argument, Reason
from goodword.store.plain import plain

# A function shows one or two of these kinds, and has loaded their modules already.
if TYPE_CHECKING:
    from goodword.domain.access.api_key import AccessKey
    from goodword.domain.access.staff import Staff
    from goodword.domain.credits.audit import Audit
    from goodword.domain.credits.credit import Credit
    from goodword.domain.crm_copy.connection import Connection
    from goodword.domain.links.link import Link
    from goodword.domain.programs.program import Program
    from goodword.domain.referrals.referral import Referral
    from goodword.domain.referrers.referrer import Referrer
    from goodword.messages.erasure import Erasure
    from goodword.steps.credits.read_records import Statement, Story
    from goodword.steps.referrals.register_referral import Made
    from goodword.steps.referrers.invite_referrer import InvitationWish, Invited


def show_money(amount: Money) -> dict[str, Any]:
    """Show an amount: minor units, currency, and as text."""
    return {"minor": amount.minor, "currency": amount.currency, "text": str(amount)}


def show_reason(reason: Reason) -> dict[str, Any]:
    """Show a reason: its code, its arguments, and in English as the staff reads it."""
    from goodword.messages.reasons import reason_sentence

    sentence = str(reason_sentence(reason))
    return {"code": reason.code, "args": show_args(reason.args), "sentence": sentence}


def show_reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Show several reasons."""
    return [show_reason(each) for each in reasons]


def show_args(args: Mapping[str, Argument]) -> dict[str, Any]:
    """Show the arguments of a reason, or the data of an event."""
    return {name: _show_argument(each) for name, each in args.items()}


def _show_argument(value: Argument) -> Any:
    if isinstance(value, Reason):
        return show_reason(value)
    if isinstance(value, Money):
        return show_money(value)
    if isinstance(value, tuple):
        return [_show_argument(each) for each in cast(tuple[Argument, ...], value)]
    return plain(value) if isinstance(value, date) else value


def _show_or_none(reason: Reason | None) -> dict[str, Any] | None:
    return None if reason is None else show_reason(reason)


def show_program(program: Program) -> dict[str, Any]:
    """Show a program's version with its offer in one sentence."""
    from goodword.messages.offer import describe_terms

    return {
        "program": program.program,
        "version": program.version,
        "applied_at": plain(program.applied_at),
        "offer": describe_terms(program),
        "prospect_gets": program.prospect_gets,
        "document": program.document,
        "source": program.source,
    }


def show_connection(connection: Connection) -> dict[str, Any]:
    """Show a connection's version."""
    return dict(plain(connection))


def show_referrer(referrer: Referrer) -> dict[str, Any]:
    """Show a referrer; the open question to an approver is left out."""
    hidden = ("revision", "asked")
    return {name: value for name, value in plain(referrer).items() if name not in hidden}


def show_key(key: AccessKey) -> dict[str, Any]:
    """Show a key without the hash of its secret."""
    return {
        name: value for name, value in plain(key).items() if name not in ("secret_hash", "revision")
    }


def show_staff(staff: Staff) -> dict[str, Any]:
    """Show a staff member with their rights."""
    result = {name: value for name, value in plain(staff).items() if name != "revision"}
    return {**result, "rights": list(staff.rights())}


def show_invited(wish: InvitationWish, invited: Invited, public_url: str) -> dict[str, Any]:
    """Show the outcome of an invitation, with the link to send or to write into the CRM."""
    link = f"{public_url}/i/{invited.token}" if invited.token else ""
    return {
        "referrer": invited.referrer,
        "email": wish.referrer.email,
        "crm_id": wish.referrer.crm_id,
        "came": invited.came,
        "mailed": invited.mailed,
        "link": link,
        "until": plain(invited.until),
    }


def show_link(link: Link, public_url: str) -> dict[str, Any]:
    """Show a link with the address to share, without its keys."""
    hidden = ("token_key", "address_key", "revision")
    result = {name: value for name, value in plain(link).items() if name not in hidden}
    return {"url": f"{public_url}/r/{link.code}", **result}


def show_credit(credit: Credit) -> dict[str, Any]:
    """Show a credit."""
    shown = (
        "credit",
        "kind",
        "of",
        "status",
        "program",
        "version",
        "milestone",
        "referral",
        "account",
        "referrer",
        "earned_at",
        "due_at",
        "posted_at",
        "transaction",
        "decided_by",
        "applied_on",
        "follows",
    )
    result = {name: plain(getattr(credit, name)) for name in shown}
    return {
        "amount": show_money(credit.amount),
        "applied": show_money(credit.applied),
        "hold": credit.hold,
        "reasons": show_reasons(credit.reasons),
        **result,
    }


def show_referral(referral: Referral) -> dict[str, Any]:
    """Show a referral, without the key of its company."""
    hidden = ("keys", "revision", "milestones", "click", "look_again_at")
    result = {name: value for name, value in plain(referral).items() if name not in hidden}
    flags, because = show_reasons(referral.flags), _show_or_none(referral.closed_because)
    return {**result, "flags": flags, "closed_because": because}


def show_made(made: Made) -> dict[str, Any]:
    """Show an entered referral, whether it is new, and why not."""
    return {**show_referral(made.referral), "new": made.new, "reason": _show_or_none(made.reason)}


def show_story(story: Story, next_: str | None) -> dict[str, Any]:
    """Show a referral with verdicts, facts and timeline."""
    from goodword.messages.events import event_sentence

    states = {each.milestone: each for each in story.referral.milestones}
    milestones = []
    for verdict in story.verdicts:
        result = {
            "milestone": verdict.milestone,
            "answer": verdict.answer,
            "reasons": show_reasons(verdict.reasons),
            "refused": _show_or_none(verdict.refused),
            "for_referrer": str(verdict.for_referrer),
            "for_rep": str(verdict.for_rep),
            "for_finance": str(verdict.for_finance),
        }
        state = states.get(verdict.milestone)
        result["credit"] = None if state is None else state.credit
        result["by"] = None if state is None else plain(state.by)
        milestones.append(result)
    facts = [
        {
            "object": str(fact.object),
            "property": fact.property,
            "attribute": fact.attribute,
            "value": fact.value,
            "raw": fact.raw,
            "version": plain(fact.version),
            "mapping": fact.mapping,
        }
        for fact in story.facts
    ]
    timeline = [
        {
            "at": plain(each.at),
            "kind": each.event.kind,
            "data": show_args(each.event.data),
            "sentence": str(event_sentence(each.event)),
            "actor": each.actor,
        }
        for each in sorted(story.timeline.items, key=lambda each: each.at)
    ]
    return {
        **show_referral(story.referral),
        "first_contact": str(story.first_contact),
        "milestones": milestones,
        "facts": facts,
        "timeline": timeline,
        "next": next_,
    }


def show_erasure(result: Erasure) -> dict[str, Any]:
    """Show what an erasure removed, and what is still stored where until when."""
    return dict(plain(result))


def show_statement(
    result: Statement, next_credits: str | None, next_referrals: str | None
) -> dict[str, Any]:
    """Show an account's statement."""
    return {
        "account": result.account,
        "at": plain(result.at),
        "sums": {
            name: [show_money(each) for each in amounts] for name, amounts in result.sums.items()
        },
        "credits": [
            {**show_credit(line.credit), "sentence": str(line.sentence)}
            for line in result.lines.items
        ],
        "next_credits": next_credits,
        "referrals": [
            {
                "referral": each.referral,
                "program": each.program,
                "referrer": each.referrer,
                "created_at": plain(each.created_at),
                "open": each.open,
                "milestones": {state.milestone: state.answer for state in each.milestones},
            }
            for each in result.referrals.items
        ],
        "next_referrals": next_referrals,
    }


def show_audit(audit: Audit) -> dict[str, Any]:
    """Show an audit with the differences that it lists."""
    result = {name: value for name, value in plain(audit).items() if name != "reached"}
    differences = [
        {
            "kind": each.kind,
            "args": show_args(each.reason.args),
            "sentence": show_reason(each.reason)["sentence"],
            "account": each.account,
            "credit": each.credit,
            "transaction": each.transaction,
        }
        for each in audit.differences
    ]
    return {**result, "differences": differences, "complete": audit.complete}
