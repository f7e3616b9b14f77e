"""Billing through the stripe SDK: read customers and refunds, post credits, list transactions.

The SDK's defaults (80 s, two retries, a fresh random key per call) are wrong for money. All three
are set here: a short timeout, no retries, and the posting's own key. Amounts change their sign
here: in this program a credit is positive, at Stripe it is negative
(docs.stripe.com/billing/customer/balance).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import stripe

from goodword.billing.rate import TokenBucket
from goodword.domain.credits.posting import (
    BalanceTransaction,
    BillingCustomer,
    CreditedInvoice,
    Posting,
    SendResult,
)
from goodword.domain.errors import BadInput, NotFound, Unavailable
from goodword.domain.money import Money
from goodword.domain.reason import Argument, Reason

# Stripe takes 25 requests a second per endpoint, and each process has its own bucket. Two workers
# run at most (template.yaml), so together they stay at 20. The daily audit is a third process, and
# may get a 429. docs.stripe.com/rate-limits
REQUESTS_PER_SECOND = 10.0
# A connection opens quickly or fails. A shorter limit than the reply's keeps a send within its
# lease.
_CONNECT_SECONDS = 3.0
_PAGE = 100  # the most that one page may list: docs.stripe.com/api/pagination
_MOST_PAGES = 10  # the most pages of one customer's charges, so that a worker ends in time
_UNPAID = frozenset({"past_due", "unpaid", "incomplete"})
_ENDED = frozenset({"canceled", "incomplete_expired"})
_PLAIN_CODE = re.compile(r"[A-Za-z0-9_.\[\]-]{1,80}")

Standing = Literal["good", "past_due", "ended"]


class StripeBilling:
    """Call one Stripe account with one secret key, within a rate.

    api_key: the key, or a function that returns the current one, since a process outlives a
    rotation. api_base: another address than Stripe's, for the twin. timeout_seconds: the limit of
    one reply. bucket: the rate, shared by all instances of one process.
    """

    def __init__(
        self,
        api_key: str | Callable[[], str],
        *,
        api_base: str | None = None,
        timeout_seconds: float = 10,
        bucket: TokenBucket | None = None,
    ) -> None:
        # The SDK logs parameters and error messages at its lower levels. These may hold personal
        # data, which must not be logged.
        logging.getLogger("stripe").setLevel(logging.WARNING)
        # The SDK's telemetry describes the machine and the previous request. Posting needs neither.
        stripe.enable_telemetry = False
        self._bucket = bucket or TokenBucket(REQUESTS_PER_SECOND)
        self._key = api_key if callable(api_key) else lambda: api_key
        self._base_addresses: Any = {"api": api_base} if api_base else None
        self._http = stripe.RequestsClient(
            timeout=(min(_CONNECT_SECONDS, timeout_seconds), timeout_seconds)
        )
        self._made: tuple[str, stripe.StripeClient] | None = None

    @property
    def _client(self) -> stripe.StripeClient:
        """Return the client of the current key."""
        key = self._key()
        if self._made is None or self._made[0] != key:
            made = stripe.StripeClient(
                key,
                base_addresses=self._base_addresses,
                http_client=self._http,
                max_network_retries=0,
            )
            self._made = key, made
        return self._made[1]

    def read_customer(self, account: str) -> BillingCustomer | None:
        """Return the Stripe customer with its standing, or None if it never existed.

        Raises Unavailable when Stripe does not answer, throttles, fails, or refuses the secret key:
        the state of the account is then unknown. docs.stripe.com/api/customers/retrieve
        """
        self._bucket.take()
        try:
            found = self._client.v1.customers.retrieve(account, {"expand": ["subscriptions"]})
        except stripe.StripeError as error:
            if error.http_status == 404:
                return None
            raise _unavailable(error) from None
        # A deleted customer can still be retrieved, as a stub: docs.stripe.com/api/customers/delete
        if getattr(found, "deleted", False):
            return BillingCustomer(account, deleted=True, currency=None, standing="ended")
        try:
            standing = self._standing(found)
        except stripe.StripeError as error:
            raise _unavailable(error) from None
        currency = getattr(found, "currency", None)
        return BillingCustomer(account, False, currency.upper() if currency else None, standing)

    def send(self, posting: Posting) -> SendResult:
        """Create the balance transaction once under its key; return every outcome, and raise none.

        The result is about this send only. A rejection after a send with an unknown outcome does
        not show that no transaction exists.
        docs.stripe.com/api/customer_balance_transactions/create
        """
        self._bucket.take()
        try:
            made = self._client.v1.customers.balance_transactions.create(
                posting.account,
                {
                    "amount": -posting.amount.minor,
                    "currency": posting.amount.currency.lower(),
                    "description": posting.description,
                    "metadata": posting.metadata,
                },
                {"idempotency_key": posting.key, "max_network_retries": 0},
            )
        except stripe.StripeError as error:
            return _outcome(error)
        transaction = getattr(made, "id", None)
        if not isinstance(transaction, str) or not transaction:
            return SendResult("again")
        return SendResult("posted", transaction)

    def list_transactions(self, account: str) -> tuple[BalanceTransaction, ...]:
        """Return all balance transactions of the account, newest first, over all pages.

        Transactions in an unsupported currency are left out: they are not from this program. Raises
        NotFound when the customer does not exist, since an empty list would mean that there are no
        transactions; Unavailable as in read_customer.
        docs.stripe.com/api/customer_balance_transactions/list
        """
        found: list[stripe.CustomerBalanceTransaction] = []
        try:
            page = self._page(account, None)
            found.extend(page.data)
            while page.has_more and page.data:
                page = self._page(account, page.data[-1].id)
                found.extend(page.data)
        except stripe.StripeError as error:
            if error.http_status == 404:
                raise NotFound("Stripe has no such customer.", where="account") from None
            raise _unavailable(error) from None
        read = (_transaction(account, each) for each in found)
        return tuple(each for each in read if each is not None)

    def read_credited(self, invoice: str) -> CreditedInvoice:
        """Return the invoice with the total of its valid credit notes, over all pages.

        Raises NotFound if the key's account has no such invoice; Unavailable as in read_customer.
        docs.stripe.com/api/invoices/object, docs.stripe.com/api/credit_notes/list
        """
        self._bucket.take()
        try:
            found = self._client.v1.invoices.retrieve(invoice)
            notes = [each for each in self._notes(invoice) if each.status == "issued"]
        except stripe.StripeError as error:
            if error.http_status == 404:
                raise NotFound("Stripe has no such invoice.", where="invoice") from None
            raise _unavailable(error) from None
        newest = max((each.created for each in notes), default=None)
        return CreditedInvoice(
            invoice,
            found.total,
            sum(each.amount for each in notes),
            found.currency.upper(),
            None if newest is None else datetime.fromtimestamp(newest, UTC),
            getattr(found, "customer_email", None) or "",
        )

    def read_email(self, account: str) -> str:
        """Return the address of a Stripe customer; empty if it has none or was deleted.

        Raises Unavailable as in read_customer.
        """
        self._bucket.take()
        try:
            found = self._client.v1.customers.retrieve(account)
        except stripe.StripeError as error:
            if error.http_status == 404:
                return ""
            raise _unavailable(error) from None
        return getattr(found, "email", None) or ""

    def still_pays(self, account: str) -> bool:
        """Return whether a charge of the customer was captured and is not fully refunded.

        Raises NotFound if the key's account has no such customer. Raises Unavailable as in
        read_customer, and if none of the first thousand charges qualifies.
        docs.stripe.com/api/charges/list
        """
        asked: stripe.params.ChargeListParams = {"customer": account, "limit": _PAGE}
        for _ in range(_MOST_PAGES):
            self._bucket.take()
            try:
                page = self._client.v1.charges.list(asked)
            except stripe.StripeError as error:
                if error.http_status == 404 or error.code == "resource_missing":
                    raise NotFound("Stripe has no such customer.", where="account") from None
                raise _unavailable(error) from None
            if any(
                each.status == "succeeded" and each.captured and not each.refunded
                for each in page.data
            ):
                return True
            if not page.has_more or not page.data:
                return False
            asked["starting_after"] = page.data[-1].id
        raise Unavailable("The customer has more than 1,000 charges; the rest are not read.")

    def _notes(self, invoice: str) -> list[stripe.CreditNote]:
        self._bucket.take()
        page = self._client.v1.credit_notes.list({"invoice": invoice, "limit": _PAGE})
        found = list(page.data)
        while page.has_more and page.data:
            self._bucket.take()
            after = page.data[-1].id
            page = self._client.v1.credit_notes.list(
                {"invoice": invoice, "limit": _PAGE, "starting_after": after}
            )
            found.extend(page.data)
        return found

    def _page(
        self, account: str, after: str | None
    ) -> stripe.ListObject[stripe.CustomerBalanceTransaction]:
        self._bucket.take()
        transactions = self._client.v1.customers.balance_transactions
        if after is None:
            return transactions.list(account, {"limit": _PAGE})
        return transactions.list(account, {"limit": _PAGE, "starting_after": after})

    def _standing(self, found: stripe.Customer) -> Standing:
        """Return the customer's standing; one without subscriptions is in good standing.

        A customer without a subscription is invoiced by hand. Stripe expands current subscriptions
        only, so an empty list is queried once more.
        """
        current = getattr(found, "subscriptions", None)
        statuses = {each.status for each in current.data} if current is not None else set()
        if current is None or not current.data or current.has_more:
            statuses |= self._all_statuses(found.id)
        if statuses and statuses <= _ENDED:
            return "ended"
        if statuses & _UNPAID or getattr(found, "delinquent", False):
            return "past_due"
        return "good"

    def _all_statuses(self, account: str) -> set[str]:
        self._bucket.take()
        listed = self._client.v1.subscriptions.list(
            {"customer": account, "status": "all", "limit": _PAGE}
        )
        return {each.status for each in listed.auto_paging_iter()}


def _outcome(error: stripe.StripeError) -> SendResult:
    """Return the result of a send that got no 200 from Stripe.

    The status decides, not the error's class, since a conflict may also be an idempotency error. A
    refused secret key (401, 403) is a rejection: no endpoint ran, a retry cannot succeed, and a
    person has to correct the key. docs.stripe.com/error-low-level
    """
    status = error.http_status
    if isinstance(error, stripe.IdempotencyError) and status == 400:
        return SendResult("mismatch", reason=Reason("key_reused"))
    if status is None:
        return SendResult("again")
    if status in (409, 429) or isinstance(error, stripe.RateLimitError):
        return SendResult("again")
    if status >= 500:
        return SendResult("suspect")
    if status >= 400:
        return SendResult("rejected", reason=_refusal(error))
    # A successful reply that was unreadable: the same key returns it again.
    return SendResult("again")


def _refusal(error: stripe.StripeError) -> Reason:
    """Return Stripe's refusal by its status and codes; its message may quote what was sent."""
    code = "stripe_key_refused" if error.http_status in (401, 403) else "stripe_refused"
    codes, request = _codes(error), error.request_id
    args: dict[str, Argument] = {"http": error.http_status or 0}
    if codes:
        args["codes"] = codes
    if request is not None and _is_plain(request):
        args["request"] = request
    return Reason(code, args)


def _codes(error: stripe.StripeError) -> tuple[str, ...]:
    said = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    if not isinstance(said, Mapping):
        return ()
    return tuple(said[name] for name in ("type", "code", "param") if _is_plain(said.get(name)))


def _unavailable(error: stripe.StripeError) -> Unavailable:
    return Unavailable("Stripe did not answer." if error.http_status is None else _say(error))


def _say(error: stripe.StripeError) -> str:
    """Describe Stripe's answer by its status and codes only.

    Its message may quote what was sent.
    """
    parts = [f"HTTP {error.http_status}", *_codes(error)]
    if error.http_status in (401, 403):
        parts.append("the secret key was refused")
    if _is_plain(error.request_id):
        parts.append(f"request {error.request_id}")
    return f"Stripe answered {', '.join(parts)}."


def _is_plain(part: object) -> bool:
    return isinstance(part, str) and _PLAIN_CODE.fullmatch(part) is not None


def _transaction(
    account: str, found: stripe.CustomerBalanceTransaction
) -> BalanceTransaction | None:
    try:
        amount = Money(-found.amount, found.currency.upper())
    except BadInput:
        return None
    metadata = found.metadata.to_dict() if found.metadata else {}
    created = datetime.fromtimestamp(found.created, UTC)
    invoice = found.invoice if isinstance(found.invoice, str) else getattr(found.invoice, "id", "")
    return BalanceTransaction(
        found.id, account, amount, created, metadata, str(found.type), invoice
    )
