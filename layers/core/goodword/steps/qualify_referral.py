"""Qualify a referral: facts, stage, verdict, limits and the credit it earns, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, time, timedelta

from goodword.domain.credit import Cause, Credit, credit_after, reversal_of
from goodword.domain.customer import Account, Customer
from goodword.domain.delivery import Identity
from goodword.domain.errors import Contended, Failed
from goodword.domain.fact import Fact, merge
from goodword.domain.flag import open_deal, sentence_of
from goodword.domain.limit import limits_for
from goodword.domain.money import Money
from goodword.domain.program import Milestone, Program
from goodword.domain.qualifier import Evidence, Finding
from goodword.domain.record import dataclass
from goodword.domain.referral import WITHOUT_EARNING, MilestoneState, Referral, evidence
from goodword.domain.sentence import words
from goodword.domain.sign_off import waits_for_sign_off
from goodword.domain.timeline import entry_for
from goodword.ports import Check, Clock, Insert, NewId, Reserve, Stores, Update, Wake, Write
from goodword.steps.make_referral import claims, payee_identity
from goodword.steps.move_credit import move
from goodword.steps.repeat import repeat

# How soon a referral is judged anew whose deal was won again while its credit was being taken back.
LOOK_AGAIN = timedelta(hours=1)
HELD_BY_ANOTHER = "An earlier referral holds this company or deal; one deal pays once."


@dataclass(frozen=True)
class Qualifying:
    """What qualifying needs of the outside."""

    stores: Stores
    now: Clock
    new_id: NewId
    wake: Wake


@dataclass
class _Draft:
    """One attempt: what was read, and the writes that come of it so far."""

    before: Referral
    referral: Referral
    terms: Program
    calendar: Program
    evidence: Evidence
    at: datetime
    writes: list[Write] = field(default_factory=list)
    reserved: dict[int, str] = field(default_factory=dict)
    wake: list[str] = field(default_factory=list)
    claimed: bool = False
    flagged: str = ""
    look_again: bool = False
    people: tuple[Customer, Account] | None = None


AsRead = tuple[Referral, tuple[Fact, ...]]


def qualify_referral(
    referral: str,
    *,
    facts: Sequence[Fact] = (),
    keys: Sequence[str] = (),
    known: AsRead | None = None,
    house: Qualifying,
) -> None:
    """Record the facts under a referral and judge it anew; the same facts again change nothing.

    keys: deals and companies that the facts tie the referral to. known: the referral and then its facts, as
    the caller read them a moment ago, so that they need not be read once more. Everything that follows (the
    stage, the verdicts, what the limits allow, the credits) is one transaction under the referral's revision.
    A credit that is due now wakes its worker; should that call be lost, the sweep finds it.
    """
    room: dict[str, int] = {}  # of how many credits at once a limit turned out to have room for
    handed_on = [] if known is None else [known]

    def attempt() -> list[str]:
        # Whoever wrote since then raised the referral's revision, and the transaction fails: it is read anew.
        draft = _read(referral, facts, keys, handed_on.pop() if handed_on else None, house)
        if draft is None:
            return []
        for milestone in draft.terms.milestones:
            _judge(milestone, draft, room, house)
        _finish(draft, house)
        if draft.writes:
            try:
                house.stores.commit(draft.writes)
            except Failed as failed:
                limit = draft.reserved.get(failed.position)
                if limit is not None:
                    room[limit] = list(draft.reserved.values()).count(limit) - 1
                raise
        return draft.wake

    for credit in repeat(attempt):
        house.wake(credit)


def _read(
    referral_id: str, facts: Sequence[Fact], keys: Sequence[str], known: AsRead | None, house: Qualifying
) -> _Draft | None:
    stores = house.stores
    referral = stores.referrals.get(referral_id) if known is None else known[0]
    if referral is None or referral.erased_at is not None:
        return None
    recorded = stores.facts.of(referral_id) if known is None else known[1]
    terms = stores.programs.get(referral.program, referral.version)
    calendar = stores.programs.latest(referral.program)
    if terms is None or calendar is None:
        raise LookupError(f"program {referral.program} lost version {referral.version}")
    at = house.now()
    held = {fact.fact: fact for fact in recorded}
    writes: list[Write] = []
    joined = dict(held)
    for heard in facts:
        joined[heard.fact] = merge(joined.get(heard.fact), heard)
    for name, now_held in list(joined.items()):
        before = held.get(name)
        if before is None:
            writes.append(Insert(now_held))
        elif replace(now_held, deliveries=before.deliveries) != before:  # heard once more is nothing new
            joined[name] = replace(now_held, revision=before.revision + 1)
            writes.append(Update(joined[name]))
    new_keys = tuple(key for key in keys if key not in referral.keys)
    writes.extend(claims(referral, new_keys, stores, at, house.new_id))
    after = replace(referral, keys=(*referral.keys, *new_keys))
    draft = _Draft(referral, after, terms, calendar, evidence(after, joined.values(), at), at, writes)
    _flag(draft, joined.values(), house)
    return draft


def _flag(draft: _Draft, facts: Iterable[Fact], house: Qualifying) -> None:
    """Flag a sale that was under way before the referral, once; the facts alone can tell."""
    flag = open_deal(facts, draft.referral.made_at)
    if flag is not None and flag not in draft.referral.flags:
        draft.flagged = flag
        draft.referral = replace(draft.referral, flags=(*draft.referral.flags, flag))
        _note(draft, house, "flagged", sentence_of([flag]))


def _finish(draft: _Draft, house: Qualifying) -> None:
    """Put the stage and the end of the referral into the draft, and the row itself if anything is written."""
    stage = draft.evidence.progress.stage
    if stage != draft.referral.stage:
        draft.referral = replace(draft.referral, stage=stage)
        _note(draft, house, "stage", f"The sale is at stage {stage}.")
    _close(draft, house)
    _look_again(draft)
    if draft.writes or draft.referral != draft.before:
        # Even where only a fact was written: two workers with a fact each must not judge past each other.
        after = replace(draft.referral, revision=draft.before.revision + 1)
        draft.writes.append(Update(after))


def _close(draft: _Draft, house: Qualifying) -> None:
    """Close a referral of which no further credit can come; what is heard later is judged all the same."""
    states = [draft.referral.milestone(each.milestone) for each in draft.terms.milestones]
    undecided = [each for each in states if each.credit is None and each.answer != "never"]
    reason = ""
    if not undecided:
        reason = "every milestone is decided"
    elif draft.at > draft.referral.deadline:
        reason = f"{draft.terms.closes_after_days} days are over"
    if draft.referral.open and reason:
        draft.referral = replace(draft.referral, open=False, closed_because=reason)
        _note(draft, house, "closed", f"The referral closed: {reason}.")


def _look_again(draft: _Draft) -> None:
    """Have the referral judged anew in an hour while it waits for what becomes of a reversal."""
    planned = draft.referral.look_again_at
    if not draft.look_again:
        planned = None
    elif planned is None or planned <= draft.at:
        planned = draft.at + LOOK_AGAIN
    draft.referral = replace(draft.referral, look_again_at=planned)


def _note(draft: _Draft, house: Qualifying, kind: str, sentence: str, **data: str) -> None:
    entry = entry_for(draft.referral.referral, draft.at, house.new_id("en"), kind, sentence, **data)
    draft.writes.append(Insert(entry))


def _judge(milestone: Milestone, draft: _Draft, room: dict[str, int], house: Qualifying) -> None:
    """Judge one milestone and let a credit come of it, be taken back, or be revived."""
    before = draft.referral.milestone(milestone.milestone)
    finding = milestone.qualifies.judge(draft.evidence)
    if finding.answer == "met" and finding.since is not None and finding.since > draft.referral.deadline:
        finding = Finding("never", by=draft.referral.deadline, reasons=("met after the referral closed",))
    lost = draft.evidence.progress.stage in milestone.taken_back_on
    state = replace(
        before, answer=finding.answer, reasons=finding.reasons, by=finding.by or draft.referral.deadline
    )
    if before.credit is not None:
        state = _follow_credit(before.credit, state, finding, lost, milestone, draft, room, house)
    elif finding.answer == "met" and not lost:
        state = _earn(milestone, state, draft, room, house)
    draft.referral = draft.referral.with_milestone(state)
    if (state.answer, state.refused) != (before.answer, before.refused):
        why = state.refused or "; ".join(state.reasons)
        word = state.answer.replace("_", " ")
        _note(draft, house, "verdict", f"{milestone.milestone}: {word}: {why}.", answer=state.answer)


def _earn(
    milestone: Milestone, state: MilestoneState, draft: _Draft, room: dict[str, int], house: Qualifying
) -> MilestoneState:
    """Add the credit that a met milestone earns, or the reason why it earns none."""
    referral = draft.referral
    customer, account = _people(draft, house)
    refused = _refusal(customer, draft)
    if not refused and not _claim(draft, house):
        refused = HELD_BY_ANOTHER
    if refused:
        return replace(state, refused=refused)
    amount = milestone.amount_in(account.currency or None)
    credit = Credit(
        credit=f"cr_{referral.referral.removeprefix('rf_')}_{milestone.milestone}",
        program=referral.program,
        version=referral.version,
        milestone=milestone.milestone,
        referral=referral.referral,
        account=referral.account,
        customer=referral.customer,
        amount=amount or milestone.pays[0],
        status="pending",
        earned_at=draft.at,
        due_at=_due(milestone, draft),
        description=f"Referral credit: {draft.terms.name}",
    )
    _put(None, _held_if_need_be(credit, milestone, draft, house), draft, room, house)
    return replace(state, credit=credit.credit, refused="")


def _people(draft: _Draft, house: Qualifying) -> tuple[Customer, Account]:
    """Return the customer and the account, read once an attempt."""
    if draft.people is None:
        referral = draft.referral
        customer = house.stores.customers.get(referral.customer)
        account = house.stores.accounts.get(referral.account)
        if customer is None or account is None:
            raise LookupError(f"referral {referral.referral} lost its customer or account")
        draft.people = customer, account
    return draft.people


def _refusal(customer: Customer, draft: _Draft) -> str:
    if customer.may_earn == "no":
        return WITHOUT_EARNING
    if draft.calendar.in_flight(draft.at) == "close":
        return "The program does not honour referrals any more that qualify now."
    return ""


def _due(milestone: Milestone, draft: _Draft) -> datetime:
    """Return when the credit may post: after its hold period, and after a pause that makes it wait."""
    due = draft.at + timedelta(days=milestone.hold_days)
    pause = draft.calendar.pause
    if draft.calendar.in_flight(draft.at) == "wait" and pause is not None and pause.until is not None:
        return max(due, datetime.combine(pause.until, time(), draft.calendar.zone).astimezone(UTC))
    return due


def _held_if_need_be(
    credit: Credit, milestone: Milestone, draft: _Draft, house: Qualifying, *, late: bool = False
) -> Credit:
    """Hold the credit for a person where something asks for one; all reasons are named."""
    customer, account = _people(draft, house)
    holds: list[tuple[str, str]] = []
    if credit.follows:
        holds.append(("won_again", words("the deal was won again after its credit was taken back")))
    if late:
        holds.append(("late", words("it was met in time once, and is met again only after its time")))
    if len(milestone.pays) > 1 and not account.currency:
        holds.append(
            ("currency", words("nobody said in which of the program's currencies the account is billed"))
        )
    elif account.currency and milestone.amount_in(account.currency) is None:
        holds.append(("currency", f"the program has no amount in {account.currency}"))
    if draft.referral.flags:
        holds.append(("flagged", "; ".join(draft.referral.flags)))
    if customer.may_earn == "ask" or waits_for_sign_off(draft.calendar, customer):
        holds.append(("sign_off", words("the account has not signed off yet that it may earn")))
    pause = draft.calendar.pause
    if draft.calendar.in_flight(draft.at) == "wait" and (pause is None or pause.until is None):
        holds.append(("paused", words("the program is paused")))
    if draft.terms.posting == "approve":
        holds.append(("approval", words("the program asks for a person's approval")))
    if not holds:
        return credit
    reason = "; ".join(why for _, why in holds)
    return replace(credit, status="held", hold=holds[0][0], reason=reason, held_at=draft.at)


def _claim(draft: _Draft, house: Qualifying) -> bool:
    """Make sure that this referral holds its company and deals, under conditions of the transaction."""
    if draft.claimed:
        return True
    checks: list[Write] = []
    in_draft = {
        write.record.identity
        for write in draft.writes
        if isinstance(write, Insert | Update) and isinstance(write.record, Identity)
    }
    for key in draft.referral.keys:
        name = payee_identity(draft.referral.program, key)
        if name in in_draft:
            continue
        held = house.stores.identities.get(name)
        if held is None:
            checks.append(Insert(Identity(name, draft.referral.referral)))
        elif held.owner == draft.referral.referral:
            checks.append(Check(held))
        else:
            holder = house.stores.referrals.get(held.owner)
            if holder is not None and (holder.open or holder.credits()):
                return False
            checks.append(Update(Identity(name, draft.referral.referral, held.revision + 1)))
    draft.writes.extend(checks)
    draft.claimed = True
    return True


def _follow_credit(
    credit_id: str,
    state: MilestoneState,
    finding: Finding,
    lost: bool,
    milestone: Milestone,
    draft: _Draft,
    room: dict[str, int],
    house: Qualifying,
) -> MilestoneState:
    """Let a credit follow the sale: take it back when the sale is lost, let it stand when it is won again.

    Returns the milestone's state, with the credit that stands for it from now on.
    """
    credit = house.stores.credits.get(credit_id)
    if credit is None:
        raise LookupError(f"credit {credit_id} is gone")
    if lost:
        _take_back(credit, draft, house)
    elif finding.answer != "met":
        _withdraw(credit, finding, draft, house)
    elif credit.status == "reversed" or (credit.status == "void" and credit.sent()):
        return _earn_again(credit, state, milestone, draft, room, house)
    else:
        return _keep(credit, state, finding, milestone, draft, room, house)
    return state


def _keep(
    credit: Credit,
    state: MilestoneState,
    finding: Finding,
    milestone: Milestone,
    draft: _Draft,
    room: dict[str, int],
    house: Qualifying,
) -> MilestoneState:
    """Let the credit of a sale that stands be: revived, held where a person is asked for, or as it is."""
    if credit.status == "void":
        if credit.decided_by:  # what a person made void stays so
            return state
        refused = _refusal(_people(draft, house)[0], draft)
        if not refused:
            revived = replace(
                credit,
                status="pending",
                reason="",
                cause="",
                due_at=_due(milestone, draft),
                revision=credit.revision + 1,
            )
            late = _is_late(finding, draft)
            _put(credit, _held_if_need_be(revived, milestone, draft, house, late=late), draft, room, house)
        return replace(state, refused=refused)
    if draft.flagged and credit.status == "pending" and not credit.sent():
        held = credit.as_held("flagged", draft.flagged, draft.at)
        _add_move(credit, held, f"{credit.amount} is held: {draft.flagged}.", draft, house)
    else:
        _let_stand(credit, draft, house)
    return state


def _is_late(finding: Finding, draft: _Draft) -> bool:
    """Say whether the sale came to where it stands only after the time for it, and had been there before."""
    since = draft.evidence.progress.since
    return since is not None and since > (finding.by or draft.referral.deadline)


def _withdraw(credit: Credit, finding: Finding, draft: _Draft, house: Qualifying) -> None:
    """Make void what was not sent yet and is not earned as things stand now, such as a deal that is reopened.

    Where nobody knows whether it was posted, it is marked: it stays if it stands at Stripe, and is not sent
    again. What is posted stays until the sale is lost: the hold period is the time for second thoughts.
    """
    why = f"no longer met: {'; '.join(finding.reasons)}"
    if credit.status in ("pending", "held", "capped") and not credit.sent():
        void = credit.as_void(why, cause="" if finding.answer == "never" else "not_met")
        _add_move(credit, void, f"{credit.amount} is void: {why}.", draft, house)
    elif credit.status in ("pending", "held", "sending") and not credit.given_up():
        draft.writes.append(Update(replace(credit, not_met=True, revision=credit.revision + 1)))
        _note(draft, house, "take_back", f"{credit.amount} may not stand any more: {why}.")


def _earn_again(
    credit: Credit,
    state: MilestoneState,
    milestone: Milestone,
    draft: _Draft,
    room: dict[str, int],
    house: Qualifying,
) -> MilestoneState:
    """Add a credit of its own for a deal that was won again after its credit was taken back.

    A person decides on it, and it takes from the limits like any other. What a person took back or made void
    stays so.
    """
    reversal = _reversal_of(credit, house)
    if (credit.status == "void" and credit.decided_by) or (reversal is not None and reversal.ordered):
        return state
    refused = _refusal(_people(draft, house)[0], draft)
    if refused:
        return replace(state, refused=refused)
    again = credit_after(credit, draft.at, _due(milestone, draft))
    _put(None, _held_if_need_be(again, milestone, draft, house), draft, room, house)
    return replace(state, credit=again.credit, refused="", earlier=(*state.earlier, credit.credit))


def _take_back(credit: Credit, draft: _Draft, house: Qualifying) -> None:
    """Void what was never sent, mark what may be under way, reverse what is posted."""
    why = f"the deal is {draft.evidence.progress.stage}"
    cause: Cause = "refund" if draft.evidence.progress.stage == "refunded" else ""
    if credit.status in ("pending", "held", "capped") and not credit.sent():
        _add_move(credit, credit.as_void(why), f"{credit.amount} is void: {why}.", draft, house)
    elif credit.status in ("pending", "held", "sending"):
        _mark(credit, True, f"{credit.amount} is to be taken back: {why}.", draft, house, cause)
    elif credit.status == "posted":
        reversal = _reversal_of(credit, house)
        if reversal is None:
            _reverse(credit, why, cause, draft, house)
        elif reversal.status == "void":
            if not reversal.decided_by:  # what a person let stand stays so
                again = reversal.as_taken_up_again(why, cause)
                _add_move(reversal, again, f"{credit.amount} is taken back after all: {why}.", draft, house)
                draft.wake.append(reversal.credit)
        elif reversal.taken_back:
            _mark(reversal, False, f"{credit.amount} is taken back after all: {why}.", draft, house, cause)


def _reversal_of(credit: Credit, house: Qualifying) -> Credit | None:
    """Return the row that takes a credit back, if there is one; the two must be of one moment."""
    reversal = house.stores.credits.get(credit.reversal) if credit.reversal else None
    if credit.status == "posted" and reversal is not None and reversal.status == "posted":
        raise Contended("the reversal was posted after its credit was read")
    return reversal


def _reverse(credit: Credit, why: str, cause: Cause, draft: _Draft, house: Qualifying) -> None:
    """Add the row that reverses a posted credit; held where that is used up and the terms ask for review."""
    review = credit.used_minor > 0 and draft.terms.used_up == "review"
    reversal = reversal_of(credit, why, draft.at, review=review, cause=cause)
    draft.writes.append(Update(replace(credit, reversal=reversal.credit, revision=credit.revision + 1)))
    _add_move(None, reversal, f"{credit.amount} is to be taken back: {why}.", draft, house)
    if not review:
        draft.wake.append(reversal.credit)


def _let_stand(credit: Credit, draft: _Draft, house: Qualifying) -> None:
    """Undo the taking back of a credit whose sale was won again, as far as nothing was sent for it."""
    why = "the deal was won again"
    if credit.given_up() and credit.status in ("pending", "held", "sending"):
        kept = replace(credit, taken_back=False, not_met=False, cause="", revision=credit.revision + 1)
        draft.writes.append(Update(kept))
        _note(draft, house, "let_stand", f"{credit.amount} stands after all: {why}.")
        return
    reversal = _reversal_of(credit, house)
    if credit.status != "posted" or reversal is None or reversal.status == "void" or reversal.ordered:
        return  # there is none, or a person took it back whatever the sale says
    if reversal.status in ("pending", "held") and not reversal.sent():
        void = reversal.as_void(why)
        _add_move(reversal, void, f"{credit.amount} stands after all: {why}.", draft, house)
    else:
        draft.look_again = True  # once its outcome is known
        if not reversal.taken_back:
            sentence = f"{credit.amount} may stand after all: {why}."
            _mark(reversal, True, sentence, draft, house, reversal.cause)


def _mark(
    credit: Credit, taken_back: bool, sentence: str, draft: _Draft, house: Qualifying, cause: Cause = ""
) -> None:
    """Mark what nobody knows the outcome of, so that it is decided when the outcome is known."""
    if credit.taken_back != taken_back:
        marked = replace(credit, taken_back=taken_back, cause=cause, revision=credit.revision + 1)
        draft.writes.append(Update(marked))
        _note(draft, house, "take_back" if taken_back else "let_stand", sentence)


def _add_move(before: Credit | None, after: Credit, sentence: str, draft: _Draft, house: Qualifying) -> None:
    draft.writes.extend(move(before, after, sentence, at=draft.at, new_id=house.new_id))


def _put(
    before: Credit | None, credit: Credit, draft: _Draft, room: dict[str, int], house: Qualifying
) -> None:
    """Add the credit with what it takes from the limits; capped, and never in part, where one is full."""
    limits = limits_for(draft.terms, credit.account, credit.amount, draft.at)
    taken = list(draft.reserved.values())
    full = next(
        (each for each in limits if taken.count(each.limit) >= room.get(each.limit, len(taken) + 1)), None
    )
    if full is not None:
        credit = replace(credit, status="capped", hold=full.kind, reason=full.why)
    else:
        credit = replace(credit, limits=tuple(limit.limit for limit in limits))
        for limit in limits:
            draft.reserved[len(draft.writes)] = limit.limit
            draft.writes.append(Reserve(limit.limit, credit.amount.minor, limit.ceiling_minor))
    sentence = _credit_sentence(credit)
    draft.writes.extend(move(before, credit, sentence, at=draft.at, new_id=house.new_id))
    if credit.status == "pending" and credit.due_at <= draft.at:
        draft.wake.append(credit.credit)


def _credit_sentence(credit: Credit) -> str:
    amount: Money = credit.amount
    if credit.status == "capped":
        return f"{amount} was earned and is capped: {credit.reason}."
    if credit.status == "held":
        return f"{amount} was earned and is held: {credit.reason}."
    return f"{amount} was earned and is due on {credit.due_at:%Y-%m-%d}."
