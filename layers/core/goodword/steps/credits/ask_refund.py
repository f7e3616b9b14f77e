"""Ask Stripe for the details that a refund event lacks, and store the completed event.

A credit note names its invoice by id, and a charge its customer. So the event alone does not show
whether everything was refunded, nor the prospect: one charge of several is a part. The step that
applies events does not call Stripe. The posting worker does, and puts the completed event into the
inbox, under a name derived from the first one's.
"""

from __future__ import annotations

from collections.abc import Callable

from goodword.domain.credits.posting import CreditedInvoice, RefundQuestion
from goodword.domain.crm_copy.delivery import REFUND_ASKED, Delivery
from goodword.domain.record import dataclass
from goodword.ports.services import Clock, Refunds
from goodword.ports.stores import Inbox


@dataclass(frozen=True)
class AskRefundDeps:
    """The dependencies of asking.

    question_of: what a body does not show, or None. complete: the body with address and invoice in
    it, and whether the customer still pays.
    """

    inbox: Inbox
    refunds: Refunds
    now: Clock
    question_of: Callable[[bytes], RefundQuestion | None]
    complete: Callable[[bytes, str, CreditedInvoice | None, bool], bytes]


def ask_refund(delivery_id: str, *, deps: AskRefundDeps) -> str:
    """Put the delivery's event with Stripe's details into the inbox, once; return the outcome.

    Raises Unavailable if Stripe does not answer, NotFound if it has no such invoice or customer;
    nothing is stored then, and the message is retried.
    """
    delivery = deps.inbox.get(delivery_id)
    question = None if delivery is None else deps.question_of(delivery.body.encode())
    if delivery is None or question is None:
        return "nothing_to_ask"
    credited = deps.refunds.read_credited(question.invoice) if question.invoice else None
    still_pays = credited is None and deps.refunds.still_pays(question.customer)
    email = deps.refunds.read_email(question.customer)
    whole = deps.complete(delivery.body.encode(), email, credited, still_pays).decode()
    result = Delivery(f"{delivery_id}+asked", delivery.connection, whole, deps.now())
    new = deps.inbox.put(result)
    # The second delivery holds the personal data too, so an erasure finds it there. The step that
    # applies the first one may be slower and not have set the mark yet; nothing in it is left to
    # apply, so the mark is set here.
    deps.inbox.applied(delivery, REFUND_ASKED)
    deps.inbox.forget(delivery_id)
    return "stored" if new else "stored_before"
