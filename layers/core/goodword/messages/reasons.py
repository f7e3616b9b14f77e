"""A part of a sentence for each code of a reason, by audience.

A text is for all audiences, or there is one for each that reads something else. Of several texts
the first one counts whose holes are all among the arguments. What a referrer reads names nothing of
the sale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, cast

from goodword.domain.localized_text import LocalizedText
from goodword.domain.money import Money
from goodword.domain.reason import Argument, ArgumentKind, Reason
from goodword.messages.labels import LABELS, label, labels
from goodword.messages.sentence import Sentence, Value, side_by_side
from goodword.messages.vocabulary import REASONS, Audience

Variants = tuple[str, ...]  # the last one is for any arguments
# "staff" is read by all audiences that are not named.
Texts = str | Variants | Mapping[str, str | Variants]

_TERMS: Final = "the terms are not met"
_TIME: Final = "its time is over"
_DETAIL: Final = "we are checking one detail"
_SALE: Final = "the sale did not hold"
_ANSWER: Final = "it was looked at"


def _coarse(referrer: str, texts: Mapping[str, str | Variants]) -> dict[str, Texts]:
    """Let a referrer read one coarse text in place of each of these."""
    return {code: {"staff": text, "referrer": referrer} for code, text in texts.items()}


TEXTS: Final[Mapping[str, Texts]] = {
    # why a criterion is answered as it is
    **_coarse(
        _TERMS,
        {
            "contact_missing": "%(field)s is missing",
            "attribute_unknown": "%(attribute)s is not known",
            "attribute_is": "%(attribute)s is %(value)s",
            "company_size_is": "company size is %(count)s",
            "stage_is": "the sale is at “%(stage)s”",
            "stage_not_reached": "the sale is at “%(stage)s”, not yet at “%(needed)s”",
            "stage_went_back": "the sale went back to “%(stage)s”",
            "value_unknown": "the deal's value is not known",
            "value_is": "value is %(amount)s",
            "value_below_minimum": "value is %(amount)s, less than %(minimum)s",
            "no_minimum_for_currency": "no minimum is set for %(currency)s",
            "already_customer": "a customer already",
            "negated": "not: %(reason)s",
        },
    ),
    **_coarse(
        "the terms are met",
        {
            "contact_given": "%(fields)s given",
            "stage_reached": "the sale reached “%(stage)s”",
            "new_customer": "new to us",
        },
    ),
    **_coarse(
        _TIME,
        {
            "met_too_late": "met after %(count)s days",
            "met_after_closing": "met after the referral closed",
            "met_too_early": "met before the referral was made",
            "deal_too_old": "the deal was there more than %(count)s days before the referral",
            "time_over": "%(count)s days are over",
            "closed_time_over": "%(count)s days are over",
        },
    ),
    # why no credit came of a milestone that was met
    "earns_no_credit": {
        "staff": "this referrer recommends without earning",
        "referrer": "your account receives no credit",
    },
    "company_or_deal_taken": {
        "staff": "an earlier referral has this company or deal; one deal pays once",
        "referrer": _TERMS,
    },
    "program_closed": {
        "staff": "the program no longer honors referrals that qualify now",
        "referrer": "the program is over",
    },
    # why a referral closed
    "all_milestones_decided": "every milestone is decided",
    "person_erased": "the person's data was erased",
    # why a later try made no referral
    "same_referral_again": "the same introduction once more",
    "referred_before_by_same_referrer": {
        "staff": "the same referrer introduced this prospect before",
        "referrer": "you introduced this person before",
    },
    "referred_before_by_another_referrer": {
        "staff": "another referrer introduced this prospect before",
        "referrer": _TERMS,
    },
    # what a person should look at
    **_coarse(
        _DETAIL,
        {
            "self_referral": "the prospect's address is the referrer's own",
            "same_company": "the prospect's mail domain is the referrer's own",
            "same_person": "another prospect of the program has this mailbox under another address",
            "same_phone": "another prospect of the program has this phone number",
            "existing_referrer": "the prospect is enrolled as a referrer",
            "disposable": "the prospect's address is of a provider of throw-away mailboxes",
            "velocity": "the referrer introduced more than %(count)s prospects in a day",
            "burst": "more than %(count)s prospects signed up by one click",
            "unclicked": (
                "more than %(count)s prospects signed up by one link in a day, "
                "and fewer people clicked on it"
            ),
            "open_deal": "the sale was under way more than %(count)s days before the referral",
        },
    ),
    # why a credit is held
    "sign_off_missing": {
        "staff": "the account has not signed off yet that it may earn",
        "referrer": "your company has not signed off yet",
    },
    **_coarse(
        _DETAIL,
        {
            "approval_required": "the program asks for a person's approval",
            "flagged": "%(flags)s",
            "program_paused": "the program is paused",
            "sold_again": "the deal was won again after its credit was taken back",
            "met_again_late": "it was met in time once, and is met again only after its time",
            "met_before_referral": "it was met some days before the referral was made",
            "credit_applied_already": (
                "the credit is used up; taking it back raises the next invoice"
            ),
            "account_currency_unknown": (
                "it is not known in which of the program's currencies the account is billed"
            ),
            "no_amount_in_currency": "the program has no amount in %(currency)s",
            "stripe_customer_missing": "Stripe has no such customer",
            "stripe_currency_unset": "the Stripe customer has no currency yet",
            "stripe_currency_differs": (
                "the Stripe customer is billed in %(billed)s, the credit is in %(currency)s"
            ),
            "subscription_not_current": "the Stripe customer's subscription is %(standing)s",
            "tries_unanswered": "%(count)s tries brought no answer",
            "keys_unanswered": "%(count)s keys brought no answer, and Stripe shows nothing",
            "server_error_unresolved": "Stripe answered 500 and shows nothing; "
            "a new key may pay twice",
            "several_transactions": "Stripe has several transactions, or another amount, "
            "for this credit",
            "key_reused": "the key was used before with other parameters",
            "stripe_refused": ("Stripe refused it with HTTP %(http)s", "Stripe refused it"),
            "stripe_key_refused": "Stripe refused the secret key with HTTP %(http)s",
        },
    ),
    # why a credit is canceled or taken back
    **_coarse(
        _SALE,
        {
            "deal_at_stage": "the deal is at “%(stage)s”",
            "deal_lost": "the deal was lost",
            "deal_lost_while_posting": "the deal was lost while this was being posted",
            "no_longer_met": "no longer met: %(reasons)s",
            "milestone_not_met": "the milestone is no longer met",
        },
    ),
    "deal_won_again": {"staff": "the deal was won again", "referrer": "the sale came about again"},
    "decided_by_person": {
        "staff": "a person decided so: %(typed)s",
        "referrer": "a person of our team decided so",
    },
    # why a credit is over a limit
    "account_limit_reached": {
        "staff": "the account reached this year's limit of %(amount)s",
        "referrer": "your account reached this year's limit",
    },
    "budget_used_up": {
        "staff": "the program's budget of %(amount)s is used up",
        "referrer": "the program's budget is used up",
    },
    # why a program takes no new referral
    "program_not_begun": "the program starts on %(day)s",
    "program_ended": "the program ended on %(day)s",
    "program_on_pause": ("the program is paused until %(day)s", "the program is paused"),
    # what came of a webhook's request
    **_coarse(
        _ANSWER,
        {
            "events_applied": (
                "%(events)s events, %(facts)s of them facts, %(matched)s matched, "
                "%(unreadable)s unreadable",
                "%(events)s events, %(facts)s of them facts, %(matched)s matched",
            ),
            "body_unreadable": "the body is not readable",
            "connection_missing": "the connection is gone",
            "refund_asked": "Stripe is asked for the rest",
        },
    ),
    # why a mail was not sent
    "link_used_or_expired": "the link was used, or its time is up",
    "recipient_not_enrolled": "the recipient is not enrolled",
    "address_unknown": "the address is not known",
    "unsubscribed": "the recipient unsubscribed",
    "bounced": "a mail to this address bounced",
    "complained": "the recipient complained of a mail",
    "notice_too_old": "the notice is too old",
    "nothing_to_say": "nothing is to be said",
    "sign_off_not_needed": "the sign-off is no longer asked for",
    "no_sender_address": "no sender's address is set",
    "outcome_unknown": "it is not known whether SES took it",
    "not_taken": "SES did not take it for now",
    "refused_by_ses": "SES refused it",
    # what an audit finds
    **_coarse(
        _ANSWER,
        {
            "missing": "%(here)s is posted here, and Stripe has no such transaction",
            "unknown": (
                "%(there)s at Stripe names a credit that is %(status)s here without it",
                "%(there)s at Stripe names a credit that is not here",
            ),
            "double": "%(count)s transactions at Stripe name one credit",
            "amount": "%(here)s is %(there)s at Stripe",
            "currency": "%(here)s is %(there)s at Stripe",
            "account": "%(there)s at Stripe names a credit of another account",
            "metadata": "the transaction of %(here)s no longer names its credit",
            "ledger": "the ledger's entries of %(here)s do not end at “%(status)s”",
            "sums": "%(status)s: %(counted)s counted, the credits make %(summed)s",
            "overdue": "%(here)s has been due since %(since)s",
        },
    ),
}


def reason_sentence(reason: Reason, audience: Audience = "staff") -> Sentence:
    """Return the part of a sentence that says a reason to an audience."""
    return sentence_of(TEXTS[reason.code], REASONS[reason.code], reason.args, audience)


def reasons_sentence(reasons: Sequence[Reason], audience: Audience = "staff") -> Sentence:
    """Return reasons side by side; what reads alike is said once."""
    said: dict[str, Value] = {}
    for reason in reasons:
        sentence = reason_sentence(reason, audience)
        said.setdefault(str(sentence), sentence)
    return side_by_side(list(said.values()))


def sentence_of(
    texts: Texts,
    kinds: Mapping[str, ArgumentKind],
    args: Mapping[str, Argument],
    audience: Audience,
) -> Sentence:
    """Return the text for an audience with its holes filled."""
    own = texts.get(audience, texts["staff"]) if isinstance(texts, Mapping) else texts
    variants = (own,) if isinstance(own, str) else own
    for text in variants[:-1]:
        if all(name in args for name in kinds if f"%({name})s" in text):
            break
    else:
        text = variants[-1]
    return Sentence(
        text,
        {
            name: _value(kinds[name], each, audience)
            for name, each in args.items()
            if f"%({name})s" in text
        },
    )


def _value(kind: ArgumentKind, value: Argument, audience: Audience) -> Value:
    """Return an argument as a sentence takes it."""
    if kind in LABELS:
        names = value if isinstance(value, tuple) else (value,)
        called = labels(kind, cast(tuple[str, ...], names))
        return called if isinstance(value, tuple) else label(kind, str(value))
    if isinstance(value, Reason):
        return reason_sentence(value, audience)
    if kind == "reasons":
        return reasons_sentence(cast(tuple[Reason, ...], value), audience)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, Money | date | int):
        return value
    return LocalizedText(
        ", ".join(cast(tuple[str, ...], value)) if isinstance(value, tuple) else value
    )
