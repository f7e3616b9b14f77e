"""Qualify a referral: facts, stage, verdict, limits and the credit it earns, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from goodword.domain.crm_copy.fact import Fact, merge
from goodword.domain.errors import Failed, MissingRecord
from goodword.domain.programs.program import Milestone
from goodword.domain.reason import Reason
from goodword.domain.referrals.evidence import sale
from goodword.domain.referrals.flag import open_deal
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrals.verdict import judge
from goodword.ports.writes import Insert, Reserve, Update, Write
from goodword.steps.credits.earn_credit import earn_credit
from goodword.steps.credits.follow_credit import follow_credit
from goodword.steps.referrals.evaluation import Evaluation, QualifyDeps
from goodword.steps.referrals.register_referral import claims
from goodword.steps.repeat import repeat

AsRead = tuple[Referral, tuple[Fact, ...]]


def evaluate_referral(
    referral: str,
    *,
    facts: Sequence[Fact] = (),
    keys: Sequence[str] = (),
    known: AsRead | None = None,
    deps: QualifyDeps,
) -> None:
    """Record the facts under a referral and judge it again; the same facts again change nothing.

    keys: deals and companies that the facts tie the referral to. known: the referral and then its
    facts, as the caller read them a moment ago, so that they need not be read once more. Everything
    that follows (the stage, the verdicts, what the limits allow, the credits) is one transaction
    under the referral's revision. A credit that is due now is enqueued; if that call is lost, the
    sweep finds it.
    """
    room: dict[str, int] = {}
    handed_on = [] if known is None else [known]

    def attempt() -> list[str]:
        # A write since then raised the referral's revision, and the transaction fails: the referral
        # is read again.
        evaluation = _read(
            referral, facts, keys, handed_on.pop() if handed_on else None, room, deps
        )
        if evaluation is None:
            return []
        for milestone in evaluation.terms.milestones:
            _judge(milestone, evaluation)
        _finish(evaluation)
        if evaluation.writes:
            try:
                deps.stores.commit(evaluation.writes)
            except Failed as failed:
                if isinstance(failed.write, Reserve):
                    limit = failed.write.limit
                    room[limit] = evaluation.reserved.count(limit) - 1
                raise
        return evaluation.enqueue

    for credit in repeat(attempt):
        deps.enqueue(credit)


def _read(
    referral_id: str,
    facts: Sequence[Fact],
    keys: Sequence[str],
    known: AsRead | None,
    room: dict[str, int],
    deps: QualifyDeps,
) -> Evaluation | None:
    stores = deps.stores
    referral = stores.referrals.get(referral_id) if known is None else known[0]
    if referral is None or referral.erased_at is not None:
        return None
    recorded = stores.facts.list_by_referral(referral_id) if known is None else known[1]
    terms = stores.programs.get(referral.program, referral.version)
    calendar = stores.programs.latest(referral.program)
    if terms is None or calendar is None:
        raise MissingRecord("program version", f"{referral.program} {referral.version}")
    at = deps.now()
    stored = {fact.fact: fact for fact in recorded}
    writes: list[Write] = []
    joined = dict(stored)
    for received in facts:
        joined[received.fact] = merge(joined.get(received.fact), received)
    for name, merged in list(joined.items()):
        before = stored.get(name)
        if before is None:
            writes.append(Insert(merged))
        elif (
            replace(merged, deliveries=before.deliveries) != before
        ):  # received once more is nothing new
            joined[name] = replace(merged, revision=before.revision + 1)
            writes.append(Update(joined[name]))
    new_keys = tuple(key for key in keys if key not in referral.keys)
    writes.extend(claims(referral, new_keys, stores, at, deps.new_id))
    after = replace(referral, keys=(*referral.keys, *new_keys))
    seen = sale(after, joined.values(), at, terms.zone, terms.deal_grace_days)
    evaluation = Evaluation(referral, after, terms, calendar, seen, at, deps, room, writes)
    _flag(evaluation)
    return evaluation


def _flag(evaluation: Evaluation) -> None:
    """Flag a sale that was under way before the referral, once; the facts alone can tell."""
    flag = open_deal(evaluation.sale, evaluation.referral.created_at)
    if flag is not None and flag not in evaluation.referral.flags:
        evaluation.flagged = flag
        evaluation.referral = replace(evaluation.referral, flags=(*evaluation.referral.flags, flag))
        evaluation.note("flagged", flags=(flag,))


def _finish(evaluation: Evaluation) -> None:
    """Put the stage and the end of the referral into the evaluation.

    The row itself if anything is written.
    """
    stage = evaluation.sale.progress.stage
    if stage != evaluation.referral.stage:
        evaluation.referral = replace(evaluation.referral, stage=stage)
        evaluation.note("stage", stage=stage)
    _close(evaluation)
    _look_again(evaluation)
    if evaluation.writes or evaluation.referral != evaluation.before:
        # Even where only a fact was written: two workers with a fact each must not judge past each
        # other.
        after = replace(evaluation.referral, revision=evaluation.before.revision + 1)
        evaluation.writes.append(Update(after))


def _close(evaluation: Evaluation) -> None:
    """Close a referral of which no further credit can come.

    What is received later is judged all the same.
    """
    states = [evaluation.referral.milestone(each.milestone) for each in evaluation.terms.milestones]
    undecided = [each for each in states if each.credit is None and each.answer != "never"]
    reason = None
    if not undecided:
        reason = Reason("all_milestones_decided")
    elif evaluation.at > evaluation.referral.deadline:
        reason = Reason("closed_time_over", {"count": evaluation.terms.closes_after_days})
    if evaluation.referral.open and reason is not None:
        evaluation.referral = replace(evaluation.referral, open=False, closed_because=reason)
        evaluation.note("closed", reason=reason)


def _look_again(evaluation: Evaluation) -> None:
    """Have the referral judged again when the present verdict asks for it.

    A time that is planned already stays, so that each new event does not put it off.
    """
    planned, wanted = evaluation.referral.look_again_at, evaluation.look_again
    if wanted is None or planned is None or planned <= evaluation.at or wanted < planned:
        planned = wanted
    evaluation.referral = replace(evaluation.referral, look_again_at=planned)


def _judge(milestone: Milestone, evaluation: Evaluation) -> None:
    """Judge one milestone and let a credit come of it, be taken back, or be revived."""
    before = evaluation.referral.milestone(milestone.milestone)
    verdict = judge(
        milestone, evaluation.referral, evaluation.sale, evaluation.terms.deal_grace_days
    )
    finding = verdict.finding
    state = replace(
        before,
        answer=finding.answer,
        reasons=finding.reasons,
        by=finding.by or evaluation.referral.deadline,
    )
    if before.credit is not None:
        state = follow_credit(before.credit, state, verdict, milestone, evaluation)
    elif finding.answer == "met":
        state = earn_credit(milestone, state, verdict, evaluation)
    evaluation.referral = evaluation.referral.with_milestone(state)
    if (state.answer, state.refused) != (before.answer, before.refused):
        why = state.reasons if state.refused is None else (state.refused,)
        evaluation.note("verdict", milestone=milestone.milestone, answer=state.answer, reasons=why)
