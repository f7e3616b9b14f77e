"""The balance as one pool: match our credits with the invoices that they came off.

Stripe does not say which credit came off an invoice; it only changes the balance. So the
transactions are replayed in order, and the oldest credit is applied first. Credits from elsewhere
are in the pool too, in the same order.

    a gain      pays off a debt first; the rest is added to the pool
    an invoice  takes from the oldest; a voided invoice gives its amount back
    a reversal  takes from its own credit first, then from the oldest
    a debt      is the amount taken beyond the pool; the next gain pays it off
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from goodword.domain.credits.posting import BalanceTransaction
from goodword.domain.record import dataclass

GIVEN_BACK = "unapplied_from_invoice"


@dataclass(frozen=True, slots=True)
class Applied:
    """How much of one credit was applied, and the last invoice (empty if unknown)."""

    applied_minor: int = 0
    invoice: str = ""


def applied_by_credit(
    transactions: Iterable[BalanceTransaction], currency: str
) -> dict[str, Applied]:
    """Return what was applied of each of our credits in this currency, by the credit's identity.

    transactions: all of one account, in any order.
    """
    pool = pool_of(transactions, currency)
    return {
        credit: pool.applied(credit)
        for credit in dict.fromkeys(lot.owner for lot in pool.lots)
        if credit
    }


def pool_of(transactions: Iterable[BalanceTransaction], currency: str) -> Pool:
    """Replay the transactions of one currency in order, and return the resulting pool.

    Stripe's times are whole seconds without an order inside one. Within a second a voided invoice
    comes last, and the rest is sorted by id, so that the result is deterministic.
    """
    pool = Pool()
    own = [each for each in transactions if each.amount.currency == currency]
    for each in sorted(
        own, key=lambda each: (each.created_at, each.kind == GIVEN_BACK, each.transaction)
    ):
        pool.add(each)
    return pool


@dataclass
class Lot:
    """The remainder of one gain.

    owner: the credit, or empty for a gain from elsewhere.
    """

    owner: str
    left: int


@dataclass
class Debt:
    """An amount taken beyond the pool.

    owner: the credit whose reversal took it. invoice: the invoice that took it.
    """

    owner: str
    invoice: str
    left: int


@dataclass
class Taking:
    """An amount taken from one lot.

    invoice: the invoice that took it. owner: the credit whose reversal took it.
    """

    lot: Lot
    invoice: str
    owner: str
    minor: int


@dataclass
class Pool:
    """The lots of one balance, the oldest first, its debts, and what was taken from each lot."""

    lots: list[Lot] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    takings: list[Taking] = field(default_factory=list)

    def add(self, each: BalanceTransaction) -> None:
        """Replay one transaction."""
        minor = each.amount.minor
        identity, kind = (
            each.metadata.get("goodword_credit", ""),
            each.metadata.get("goodword_kind"),
        )
        if each.kind == GIVEN_BACK and minor > 0:
            self._give_back(minor, each.invoice)
        elif minor > 0:
            self._gain(Lot(identity if kind == "credit" else "", minor))
        else:
            self._take(-minor, identity if kind == "reversal" else "", each.invoice)

    def applied(self, credit: str) -> Applied:
        """Return how much of a credit was applied."""
        own = [each for each in self.takings if each.lot.owner == credit and each.minor]
        invoices = [each.invoice for each in own if each.invoice]
        return Applied(sum(each.minor for each in own), invoices[-1] if invoices else "")

    @property
    def balance(self) -> int:
        """Return the balance in minor units: the lots less the debts."""
        return sum(lot.left for lot in self.lots) - sum(debt.left for debt in self.debts)

    def _gain(self, lot: Lot) -> None:
        self.lots.append(lot)
        self._pay_debts(lot)

    def _pay_debts(self, lot: Lot) -> None:
        """Pay off debts; a debt from the lot's own reversal counts as reversed, not applied."""
        for debt in sorted(self.debts, key=lambda debt: debt.owner != lot.owner):
            paid = min(debt.left, lot.left)
            debt.left -= paid
            lot.left -= paid
            if paid and not (lot.owner and debt.owner == lot.owner):
                self.takings.append(Taking(lot, debt.invoice, debt.owner, paid))
        self.debts = [debt for debt in self.debts if debt.left]

    def _take(self, minor: int, owner: str, invoice: str) -> None:
        for lot in [lot for lot in self.lots if owner and lot.owner == owner]:
            part = min(minor, lot.left)
            lot.left -= part
            minor -= part
        for lot in self.lots:
            part = min(minor, lot.left)
            lot.left -= part
            minor -= part
            if part:
                self.takings.append(Taking(lot, invoice, owner, part))
        if minor:
            self.debts.append(Debt(owner, invoice, minor))

    def _give_back(self, minor: int, invoice: str) -> None:
        """Return what an invoice took, the last first, to the lots that it came from."""
        for taking in [each for each in reversed(self.takings) if each.invoice == invoice]:
            part = min(minor, taking.minor)
            taking.minor -= part
            taking.lot.left += part
            minor -= part
            self._repay(taking.lot)
        if minor:
            self._gain(Lot("", minor))

    def _repay(self, lot: Lot) -> None:
        """Charge a lot's own reversal to the lot again, in place of the lots that covered it."""
        for taking in [each for each in self.takings if each.owner and each.owner == lot.owner]:
            part = min(taking.minor, lot.left)
            taking.minor -= part
            taking.lot.left += part
            lot.left -= part
        for each in self.lots:
            if each.left and self.debts:
                self._pay_debts(each)
