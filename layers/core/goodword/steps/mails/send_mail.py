"""Send due mails: claim one, pass it to SES once, store the outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from goodword.domain.errors import Failed
from goodword.domain.mails.mail import OVERDUE, Mail, Sending
from goodword.domain.reason import Reason
from goodword.domain.record import dataclass
from goodword.ports.services import Mailer
from goodword.ports.stores import Stores
from goodword.ports.writes import Update
from goodword.steps.mails.compose_mail import ComposeMailDeps, compose_mail

# The most notices of one recipient in one mail, far below the limit of a transaction.
TOGETHER: Final = 40
BATCH: Final = 200
FAILED: Final = ("given_up", "lost")


@dataclass(frozen=True)
class SendMailDeps:
    """The dependencies of sending.

    mailer: None if the deployment has no sender's address.
    """

    writing: ComposeMailDeps
    mailer: Mailer | None

    @property
    def stores(self) -> Stores:
        """Return the tables."""
        return self.writing.stores


@dataclass(frozen=True, slots=True)
class Swept:
    """The outcome of one sweep.

    came: how many of each outcome. overdue: how many were due for more than an hour. broken: the
    mails that could not be composed or recorded, and why.
    """

    came: dict[str, int]
    overdue: int
    broken: tuple[tuple[str, Exception], ...] = ()

    @property
    def failed(self) -> int:
        """Return how many were given up or lost, which a person must look at."""
        return sum(self.came.get(outcome, 0) for outcome in FAILED)


def send_mail(recipient: str, name: str, *, deps: SendMailDeps) -> str:
    """Send one mail if it is due, with its recipient's other waiting notices; return the outcome.

    Idempotent, also with several senders at once: a mail is claimed before it is passed on, and one
    whose claim expired without an outcome is lost and never sent again.
    """
    now = deps.writing.now
    stored = deps.stores.mails.get(recipient, name)
    if stored is not None and stored.claim_is_over(now()):
        return _settle([stored], lambda each: each.lost(), "lost", deps)
    if stored is None or not stored.due(now()):
        return "not_due"
    mails = _with_it(stored, deps)
    if deps.mailer is None:
        return _settle(
            mails, lambda each: each.dropped(Reason("no_sender_address")), "dropped", deps
        )
    composed = compose_mail(mails, deps=deps.writing)
    letter = composed.letter
    if letter is None:
        return _settle(mails, lambda each: each.dropped(composed.why), "dropped", deps)
    claimed = [each.claimed(now()) for each in mails]
    try:
        deps.stores.commit([*(Update(each) for each in claimed), *composed.writes])
    except Failed:
        return "taken"
    return _write_down(claimed, deps.mailer.send(letter), deps)


def _with_it(stored: Mail, deps: SendMailDeps) -> list[Mail]:
    """Return the mail; if it is a notice, with all other waiting notices of the same referrer."""
    if stored.kind != "notice":
        return [stored]
    others = deps.stores.mails.since(stored.recipient, stored.mail, TOGETHER)
    return [each for each in others if each.kind == "notice" and each.status == "waiting"]


def _write_down(claimed: Sequence[Mail], came: Sending, deps: SendMailDeps) -> str:
    """Store the outcome from SES."""
    at = deps.writing.now()
    if came.kind == "sent":
        return _settle(claimed, lambda each: each.sent(came.message, at), "sent", deps)
    if came.kind == "later":
        settled = [each.again(came.why, at) for each in claimed]
        deps.stores.commit([Update(each) for each in settled])
        return "given_up" if settled[0].status == "given_up" else "later"
    if came.kind == "refused":
        return _settle(claimed, lambda each: each.refused(came.why), "given_up", deps)
    return _settle(claimed, lambda each: each.lost(), "lost", deps)


def _settle(
    mails: Sequence[Mail], to: Callable[[Mail], Mail], outcome: str, deps: SendMailDeps
) -> str:
    try:
        deps.stores.commit([Update(to(each)) for each in mails])
    except Failed:
        return "taken"
    return outcome


def sweep_mails(*, deps: SendMailDeps, seconds_left: Callable[[], float]) -> Swept:
    """Send all due mails, the oldest first, while there is time; the next sweep sends the rest.

    An error of one mail does not stop the others.
    """
    came: Counter[str] = Counter()
    broken: list[tuple[str, Exception]] = []
    for recipient, name in deps.stores.mails.due(deps.writing.now(), BATCH):
        if seconds_left() <= 0:
            break
        try:
            came[send_mail(recipient, name, deps=deps)] += 1
        except Exception as error:
            broken.append((name, error))
    overdue = len(deps.stores.mails.due(deps.writing.now() - OVERDUE, BATCH))
    return Swept(dict(came), overdue, tuple(broken))
