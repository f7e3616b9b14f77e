"""Judge a milestone on each deal of a referral by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from goodword.domain.days import last_moment
from goodword.domain.programs.criterion import Answer, Evidence, Finding, ran_out
from goodword.domain.programs.program import Milestone
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.domain.referrals.evidence import Sale
from goodword.domain.referrals.referral import Referral
from goodword.domain.stage import Progress

_ORDER: tuple[Answer, ...] = ("met", "not_met", "not_yet", "never")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a milestone.

    deal: by which deal it was answered; empty where there is none. first: when that deal met it for
    the first time. early: met before the referral was made, by so little that a person decides.
    late: undone and met again only after the last day.
    """

    finding: Finding
    deal: str = ""
    first: datetime | None = None
    early: bool = False
    late: bool = False


def judge(milestone: Milestone, referral: Referral, sale: Sale, grace_days: int) -> Verdict:
    """Judge a milestone: it is met if one deal meets it, of several by the one that met it first.

    A deal that left the sale by an exit that takes the credit back does not meet it.
    """
    if sale.too_old and not sale.deals:
        old = Reason("deal_too_old", {"count": grace_days})
        return Verdict(Finding("not_yet", by=referral.deadline, reasons=(old,)))
    found = [
        _judge(milestone, referral, name, evidence, grace_days)
        for name, evidence in (sale.deals or {"": sale.own}).items()
    ]
    best = min(_ORDER.index(each.finding.answer) for each in found)
    among = [each for each in found if _ORDER.index(each.finding.answer) == best]
    return min(among, key=lambda each: (each.finding.since or referral.created_at, each.deal))


def _judge(
    milestone: Milestone, referral: Referral, deal: str, evidence: Evidence, grace_days: int
) -> Verdict:
    finding = _in_time(milestone.qualifies.judge(evidence), referral)
    if finding.answer == "never" and any(map(ran_out, finding.reasons)):
        return _met_again(milestone, referral, deal, evidence, finding)
    if finding.answer != "met":
        return Verdict(finding, deal)
    stage = evidence.progress.stage
    if stage in milestone.taken_back_on:
        reason = Reason("stage_is", {"stage": stage})
        return Verdict(Finding("not_met", by=finding.by, reasons=(reason,)), deal)
    since = finding.since
    if since is not None and referral.created_at > last_moment(since, grace_days, evidence.zone):
        reason = Reason("met_too_early")
        return Verdict(Finding("never", by=finding.by, reasons=(reason,)), deal)
    first = _first_met(milestone, referral, evidence) or since
    return Verdict(finding, deal, first, early=since is not None and since < referral.created_at)


def _in_time(finding: Finding, referral: Referral) -> Finding:
    """Answer never where it was met only after the referral's last day."""
    if finding.answer != "met" or finding.since is None or finding.since <= referral.deadline:
        return finding
    return Finding("never", by=referral.deadline, reasons=(Reason("met_after_closing"),))


def _first_met(milestone: Milestone, referral: Referral, evidence: Evidence) -> datetime | None:
    """Return when the deal met the milestone for the first time since the referral, or None.

    It may have been undone since. A deal that is reopened and won again is one sale, of the day on
    which it was first won.
    """
    runs = evidence.progress.runs
    for end in range(1, len(runs)):
        before = replace(evidence, now=runs[end].since, progress=Progress(runs[:end]))
        finding = _in_time(milestone.qualifies.judge(before), referral)
        since = finding.since
        if finding.answer == "met" and since is not None and since >= referral.created_at:
            return since
    return None


def _met_again(
    milestone: Milestone, referral: Referral, deal: str, evidence: Evidence, late: Finding
) -> Verdict:
    """Let a person decide where it was met in time, undone, and met again too late.

    A demo that was marked by mistake in time and took place after the last day was not in time. A
    person can tell which of the two was real.
    """
    first = _first_met(milestone, referral, evidence)
    if first is None or evidence.progress.stage in milestone.taken_back_on:
        return Verdict(late, deal)
    # As if the referral was made at the present stage: is all but the time as the terms ask?
    again = evidence.progress.runs[-1].since
    now = milestone.qualifies.judge(replace(evidence, created_at=again, now=again))
    if now.answer != "met":
        return Verdict(late, deal)
    return Verdict(Finding("met", again, late.by, late.reasons), deal, first, late=True)
