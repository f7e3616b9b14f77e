"""A small Stripe that is asked about refunds.

Invoices with their notes, customers with their addresses.
"""

from __future__ import annotations

from goodword.domain.credits.posting import CreditedInvoice
from goodword.domain.errors import NotFound, Unavailable


class FakeRefunds:
    """Answer from what was put in.

    paying: whose charges stand. down: nothing is answered. asked: every question, in order.
    """

    def __init__(self) -> None:
        self.invoices: dict[str, CreditedInvoice] = {}
        self.emails: dict[str, str] = {}
        self.paying: set[str] = set()
        self.asked: list[str] = []
        self.down = False

    def read_credited(self, invoice: str) -> CreditedInvoice:
        self._answer(invoice)
        if invoice not in self.invoices:
            raise NotFound("Stripe has no such invoice.", where="invoice")
        return self.invoices[invoice]

    def read_email(self, account: str) -> str:
        self._answer(account)
        return self.emails.get(account, "")

    def still_pays(self, account: str) -> bool:
        self._answer(account)
        return account in self.paying

    def _answer(self, name: str) -> None:
        self.asked.append(name)
        if self.down:
            raise Unavailable("Stripe does not answer")
