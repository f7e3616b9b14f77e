"""Stop mail: one click unsubscribes; a bounce or a complaint stops all mail to an address."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final, Literal

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.token import check_token_text, write_token
from goodword.domain.contact import address_key, keyed_hash
from goodword.domain.identity import Identity, mailbox_identity, no_mail_identity
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.services import Clock
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert, Update
from goodword.steps.repeat import repeat

StopReason = Literal["unsubscribed", "bounced", "complained"]
# The stronger reason stays: a complaint is not replaced by an unsubscription.
_WEIGHT: Final = {"": 0, "unsubscribed": 1, "bounced": 2, "complained": 3}
_LASTS: Final = timedelta(days=5 * 365)


def mailbox_of(identity_key: str, email: str) -> str:
    """Return the keyed hash of a mailbox, its name in links and rows."""
    return keyed_hash(identity_key, address_key(email))


def unsubscribe_text(mailbox: str, *, key: str, now: Clock) -> str:
    """Return the text of the link that unsubscribes a mailbox.

    It needs no row and may be used repeatedly.
    """
    return write_token("unsubscribe", mailbox, now() + _LASTS, key)


def mailbox_to_stop(text: str, *, keys: Keyring, now: Clock) -> str:
    """Return the mailbox of an unsubscribe link; raise Forged or Gone."""
    return check_token_text(text, "unsubscribe", keys, now())


def unsubscribe(mailbox: str, why: StopReason, *, stores: Stores) -> str:
    """Stop mail to a mailbox; a repeat changes nothing. Return the outcome."""

    def attempt() -> str:
        owner = stores.identities.get(mailbox_identity(mailbox))
        referrer = None if owner is None else stores.referrers.get(owner.owner)
        if referrer is not None and referrer.erased_at is None:
            return _stop_referrer(referrer, why, stores)
        name = no_mail_identity(mailbox)
        stored = stores.identities.get(name)
        if stored is None:
            stores.commit([Insert(Identity(name, why))])
        elif weighs_more(why, stored.owner):
            stores.commit([Update(replace(stored, owner=why, revision=stored.revision + 1))])
        else:
            return "stopped_before"
        return "stopped"

    return repeat(attempt)


def _stop_referrer(referrer: Referrer, why: StopReason, stores: Stores) -> str:
    if not weighs_more(why, referrer.mail_off):
        return "stopped_before"
    stores.commit([Update(replace(referrer, mail_off=why, revision=referrer.revision + 1))])
    return "stopped"


def weighs_more(why: str, than: str) -> bool:
    """Return whether one reason to stop mail is stronger than another."""
    return _WEIGHT.get(why, 0) > _WEIGHT.get(than, 0)


def why_no_mail(mailbox: str, *, stores: Stores) -> str:
    """Return why a mailbox gets no mail, or an empty text; with or without a referrer."""
    owner = stores.identities.get(mailbox_identity(mailbox))
    referrer = None if owner is None else stores.referrers.get(owner.owner)
    if referrer is not None and referrer.mail_off:
        return referrer.mail_off
    stored = stores.identities.get(no_mail_identity(mailbox))
    return "" if stored is None else stored.owner
