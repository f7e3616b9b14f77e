"""Enroll a referrer: a person of an account who may recommend."""

from __future__ import annotations

from dataclasses import replace

from goodword.domain.errors import Conflict
from goodword.domain.identity import Identity, referrer_identity
from goodword.domain.referrals.search_term import search_terms_of_referrer
from goodword.domain.referrers.referrer import Account, Referrer
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update, Write
from goodword.steps.repeat import repeat


def enroll_referrer(
    referrer: Referrer, currency: str, *, identity_key: str, stores: Stores
) -> tuple[Referrer, bool]:
    """Enroll the referrer and return them with whether they are new; a repeat changes nothing.

    currency: the account's, or empty if not given. identity_key: the key for hashes of e-mails.
    Raises Conflict if the id or the address is another person's, or the account is billed in
    another currency.
    """

    def attempt() -> tuple[Referrer, bool]:
        stored = stores.referrers.get(referrer.referrer)
        if stored is not None:
            if _same(referrer, stored):
                said_since = _account(referrer, currency, stores)
                if said_since:
                    stores.commit(said_since)
                return stored, False
            raise _other(referrer, stored)
        mailbox = Identity(referrer_identity(identity_key, referrer.email), referrer.referrer)
        if stores.identities.get(mailbox.identity) is not None:
            raise Conflict(
                "this e-mail address belongs to another referrer",
                where="email",
                remedy="Use that referrer, or send another address.",
            )
        writes: list[Write] = [Insert(referrer), Insert(mailbox)]
        writes.extend(Insert(part) for part in search_terms_of_referrer(referrer, identity_key))
        writes.extend(_account(referrer, currency, stores))
        stores.commit(writes)
        return referrer, True

    return repeat(attempt)


def _same(referrer: Referrer, stored: Referrer) -> bool:
    """Return whether the given data of a referrer equals the stored data.

    Changes by the referrer in the portal do not count. An approver's answer decides `earns` once
    there is one.
    """
    answered = stored.signed_off_at is not None or stored.declined_at is not None
    as_held = replace(
        referrer,
        created_at=stored.created_at,
        earns=stored.earns if answered else referrer.earns,
        locale=stored.locale,
        asked=stored.asked,
        declined_at=stored.declined_at,
        shown=stored.shown,
        signed_off_at=stored.signed_off_at,
        signed_off_by=stored.signed_off_by,
        signed_shown=stored.signed_shown,
        signed_story=stored.signed_story,
        signed_earns=stored.signed_earns,
        terms=stored.terms,
        accepted_at=stored.accepted_at,
        story=stored.story,
        story_shown=stored.story_shown,
        mail_off=stored.mail_off,
        changed_at=stored.changed_at,
        changed_by=stored.changed_by,
        revision=stored.revision,
    )
    return as_held == stored


def _other(referrer: Referrer, stored: Referrer) -> Conflict:
    """Return the Conflict that names the difference from the stored data, with a remedy."""
    what, where, remedy = (
        f"referrer {referrer.referrer!r} is enrolled with other data",
        "referrer",
        "",
    )
    if stored.erased_at is not None:
        what, where = f"the person of referrer {referrer.referrer!r} was erased", "erased_at"
    elif referrer.account != stored.account:
        what, where = f"referrer {referrer.referrer!r} is enrolled with another account", "account"
    elif referrer.email != stored.email:
        what, where = f"referrer {referrer.referrer!r} is enrolled with another address", "email"
    else:
        remedy = f"Change it: PATCH /v1/referrers/{referrer.referrer}. "
    return Conflict(
        what, where=where, remedy=f"{remedy}Enroll a new person under an id of their own."
    )


def _account(referrer: Referrer, currency: str, stores: Stores) -> list[Write]:
    """Return the result of account_writes; raise Conflict if the account's currency is another."""
    stored = stores.accounts.get(referrer.account)
    if stored is not None and stored.currency and currency and currency != stored.currency:
        raise Conflict(
            f"the account is billed in {stored.currency}",
            where="currency",
            remedy="Omit the currency, or send the account's.",
        )
    return account_writes(stored, referrer, currency)


def account_writes(stored: Account | None, referrer: Referrer, currency: str) -> list[Write]:
    """Return the write that makes a new account, or adds the currency that was unknown.

    stored: the present account, if there is one; its currency stays. currency: empty if not given.
    """
    if stored is None:
        return [Insert(Account(referrer.account, referrer.created_at, currency))]
    if currency and not stored.currency:
        return [Update(replace(stored, currency=currency, revision=stored.revision + 1))]
    return []
