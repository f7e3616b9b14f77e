"""The balance as one pool: which of our credits came off which invoice.

Stripe does not say which credit an invoice used up; it only moves the balance. So the moves are
played again in order, and the oldest credit goes first. Credits that are not ours lie in the pool
too and take their turn.

    a gain      pays off a debt first; what is left lies in the pool
    an invoice  takes from the oldest; a voided one gives back what it took
    a reversal  takes from its own credit first, then from the oldest
    a debt      is what was taken beyond all that lay there; the next gain pays it off
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from goodword.domain.credits.posting import BalanceTransaction
from goodword.domain.record import dataclass

GIVEN_BACK = "unapplied_from_invoice"


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one credit is used, and the last invoice that it came off.

    Empty where none is known.
    """

    used_minor: int = 0
    invoice: str = ""


def uses_of(transactions: Iterable[BalanceTransaction], currency: str) -> dict[str, Use]:
    """Return how far each of our credits in this currency is used, by the credit's identity.

    transactions: all of one account, in any order.
    """
    pool = pool_of(transactions, currency)
    return {
        credit: pool.use(credit)
        for credit in dict.fromkeys(lot.owner for lot in pool.lots)
        if credit
    }


def pool_of(transactions: Iterable[BalanceTransaction], currency: str) -> Pool:
    """Play the transactions of one currency in order and return the pool that they leave.

    Stripe's times are whole seconds and tell no order within one. There an invoice is voided after
    all else, and the rest goes by id, so that the answer is always the same one.
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
    """What one gain brought. owner: the credit that it is, empty for what is not ours."""

    owner: str
    left: int


@dataclass
class Debt:
    """What was taken beyond the pool. owner: the credit whose reversal took it; invoice.

    Which one did.
    """

    owner: str
    invoice: str
    left: int


@dataclass
class Taking:
    """What was taken from one lot. invoice: by which one; owner.

    By the reversal of which credit.
    """

    lot: Lot
    invoice: str
    owner: str
    minor: int


@dataclass
class Pool:
    """What lies on one balance, the oldest first, what is owed, and what was taken from where."""

    lots: list[Lot] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    takings: list[Taking] = field(default_factory=list)

    def add(self, each: BalanceTransaction) -> None:
        """Play one transaction."""
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

    def use(self, credit: str) -> Use:
        """Say how much of a credit is used."""
        own = [each for each in self.takings if each.lot.owner == credit and each.minor]
        invoices = [each.invoice for each in own if each.invoice]
        return Use(sum(each.minor for each in own), invoices[-1] if invoices else "")

    @property
    def balance(self) -> int:
        """Return the balance in minor units: what lies there less what is owed."""
        return sum(lot.left for lot in self.lots) - sum(debt.left for debt in self.debts)

    def _gain(self, lot: Lot) -> None:
        self.lots.append(lot)
        self._pay_debts(lot)

    def _pay_debts(self, lot: Lot) -> None:
        """Pay off what is owed; a debt that the lot's own reversal left is taken back, not used."""
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
        """Put back what an invoice took, the last first, into the lots that it came from."""
        for taking in [each for each in reversed(self.takings) if each.invoice == invoice]:
            part = min(minor, taking.minor)
            taking.minor -= part
            taking.lot.left += part
            minor -= part
            self._repay(taking.lot)
        if minor:
            self._gain(Lot("", minor))

    def _repay(self, lot: Lot) -> None:
        """Let a lot that has something again bear its own reversal, which had to take from others."""
        for taking in [each for each in self.takings if each.owner and each.owner == lot.owner]:
            part = min(taking.minor, lot.left)
            taking.minor -= part
            taking.lot.left += part
            lot.left -= part
        for each in self.lots:
            if each.left and self.debts:
                self._pay_debts(each)
