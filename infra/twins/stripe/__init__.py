"""A local twin of Stripe: serves the real stripe SDK over HTTP and keeps customers' balances.

    python -m infra.twins.stripe --port 12111

It follows Stripe's documentation, which is cited beside each rule. It does not have: payments
(its switch puts charges in), tax, coupons, products and prices, Connect, search, webhook endpoints
but the one of its switch, API v2, live mode, and Stripe's smallest and largest chargeable amounts.
The parts:

    wire        requests, replies, errors, form fields, pages of a list
    books       the records, and changes of a balance
    keys        idempotency keys and their replay
    endpoints   /v1: customers, their balance transactions, and a list of their charges
    invoicing   /v1: invoices, invoice items, credit notes, subscriptions
    events      the events for a webhook, signed
    faults      faults that tests can set
    switches    /_twin: faults, the clock, test data, the state
    pages       / and /customers/{id}, for people
    twin        the pure core that joins these
    server      the HTTP shell around it, on the loopback address only
"""

from infra.twins.stripe.server import TwinHandle, serve, start
from infra.twins.stripe.twin import StripeTwin
from infra.twins.stripe.wire import Reply

__all__ = ["Reply", "StripeTwin", "TwinHandle", "serve", "start"]
