"""Read a referral's timeline and verdict, an account's statement, credits, and the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from goodword.domain.credits.audit import Audit
from goodword.domain.credits.credit import Credit, Status
from goodword.domain.crm_copy.fact import Fact
from goodword.domain.errors import MissingRecord, NotFound
from goodword.domain.money import Money
from goodword.domain.programs.program import Program
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.timeline import Entry, account_subject, referral_subject
from goodword.messages.first_contact import first_contact
from goodword.messages.sentence import Sentence
from goodword.messages.verdict import Verdict, credit_sentence, verdict
from goodword.ports.services import Clock
from goodword.ports.stores import Page, Stores
from goodword.steps.programs.find_program import terms_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Story:
    """All data of one referral.

    credits: those that it earned, by id. first_contact: the rep's sentence to the prospect at first
    contact.
    """

    referral: Referral
    referrer: Referrer
    program: Program
    credits: Mapping[str, Credit]
    verdicts: tuple[Verdict, ...]
    facts: tuple[Fact, ...]
    first_contact: Sentence
    timeline: Page[Entry]


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One credit with the sentence of its state."""

    credit: Credit
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Statement:
    """The earned and pending credits of an account.

    Sums are over all time, by status and currency.
    """

    account: str
    sums: dict[Status, tuple[Money, ...]]
    lines: Page[StatementLine]
    referrals: Page[Referral]
    at: datetime


def read_records(referral_id: str, after: str | None, *, stores: Stores, now: Clock) -> Story:
    """Return a referral with its verdicts, facts and timeline; raise NotFound without one."""
    referral = stores.referrals.get(referral_id)
    if referral is None:
        raise NotFound(
            f"there is no referral {referral_id!r}", where="referral", remedy="Check the id."
        )
    program = stores.programs.get(referral.program, referral.version)
    referrer = stores.referrers.get(referral.referrer)
    if program is None:
        raise MissingRecord("program version", f"{referral.program} {referral.version}")
    if referrer is None:
        raise MissingRecord("referrer", referral.referrer)
    credits_ = stores.credits.get_many(referral.credits())
    account = stores.accounts.get(referral.account)
    currency = "" if account is None else account.currency
    verdicts = []
    for milestone in program.milestones:
        credit = credits_.get(referral.milestone(milestone.milestone).credit or "")
        verdicts.append(
            verdict(
                program,
                referral,
                milestone.milestone,
                credit,
                now(),
                currency=currency,
                earns=referrer.earns,
            )
        )
    return Story(
        referral,
        referrer,
        program,
        credits_,
        tuple(verdicts),
        stores.facts.list_by_referral(referral_id),
        first_contact(referrer.name, program.day(referral.created_at)),
        stores.timeline.list_by_subject(referral_subject(referral_id), PAGE, after),
    )


def statement(
    account: str,
    *,
    credits_after: str | None = None,
    referrals_after: str | None = None,
    stores: Stores,
    now: Clock,
) -> Statement:
    """Return an account's earned and pending credits, and the state of its referrals."""
    if stores.accounts.get(account) is None:
        raise NotFound(
            f"there is no account {account!r}",
            where="account",
            remedy="Check the account, or enroll a referrer of it: POST /v1/referrers.",
        )
    sums: dict[Status, list[Money]] = {
        "posted": [],
        "pending": [],
        "sending": [],
        "held": [],
        "over_limit": [],
        "canceled": [],
        "reversed": [],
    }
    for bucket, minor in sorted(stores.counts.of(account_subject(account)).items()):
        status, _, currency = bucket.partition("#")
        for name, amounts in sums.items():
            if name == status and minor:
                amounts.append(Money(minor, currency))
    page = stores.credits.list_by_account(account, PAGE, credits_after)
    lines = []
    for credit in page.items:
        terms = terms_of(credit.program, credit.version, stores=stores)
        lines.append(StatementLine(credit, credit_sentence(terms, credit, now())))
    return Statement(
        account,
        {name: tuple(amounts) for name, amounts in sums.items()},
        Page(tuple(lines), page.more),
        stores.referrals.list_by_account(account, PAGE, referrals_after),
        now(),
    )


def list_credits(status: Status, after: str | None, *, stores: Stores) -> Page[Credit]:
    """Return credits of one status, newest first."""
    return stores.credits.list_by_status(status, PAGE, after)


def latest_audit(*, stores: Stores) -> Audit:
    """Return the newest audit; raise NotFound before the first one."""
    audit = stores.audits.latest()
    if audit is None:
        raise NotFound(
            "no audit has run yet",
            where="audit",
            remedy="Wait for the first run: the audit runs once a day.",
        )
    return audit
