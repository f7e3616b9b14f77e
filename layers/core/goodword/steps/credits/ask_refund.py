"""Ask Stripe what its event of a refund does not show, and let the whole of it come the way of every event.

A credit note names its invoice by id, and a charge its customer, so the event alone says neither
whether all was given back nor whose it was: one charge of several is a part. Whoever applies events
does not speak to Stripe: the worker that posts does, and puts the event with what was missing into
the inbox once more, under a name made of the first one's.
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
    """What asking needs of the outside.

    question_of: what a body does not show, or None. complete: the body with address and invoice in
    it, and whether the customer still pays.
    """

    inbox: Inbox
    refunds: Refunds
    now: Clock
    question_of: Callable[[bytes], RefundQuestion | None]
    complete: Callable[[bytes, str, CreditedInvoice | None, bool], bytes]


def ask_refund(delivery_id: str, *, deps: AskRefundDeps) -> str:
    """Put the delivery's event into the inbox with what Stripe says of it, once; return the outcome.

    Raises Unavailable where Stripe does not answer, NotFound where it has no such invoice or
    customer; nothing is stored then, and the message comes again.
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
    # What it says of a person lies in the second one too, where an erasure finds it. Whoever
    # applies may be slower than this and have the mark still to set; nothing is left to be applied
    # of it, so it is set here.
    deps.inbox.applied(delivery, REFUND_ASKED)
    deps.inbox.forget(delivery_id)
    return "stored" if new else "stored_before"
