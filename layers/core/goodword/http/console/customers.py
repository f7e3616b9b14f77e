"""/staff/customers: the list, and one customer's file."""

from __future__ import annotations

from goodword.http.console.lists import (
    account_credits_table,
    customer_name,
    customers_table,
    owner_name,
    referrals_table,
)
from goodword.http.console.page import Console
from goodword.http.request import path_id
from goodword.http.router import Response
from goodword.steps.decisions.serve_console import customer_file, newest_customers


def show_customers(console: Console) -> Response[str]:
    """Show the newest customers."""
    after = console.after("customers")
    page = newest_customers(console.staff, after, stores=console.house.stores)
    pages = console.pages("customers", "/staff/customers", page.more)
    return console.page(200, "customers", customers=customers_table(page, pages))


def show_customer(console: Console, customer: str) -> Response[str]:
    """Show one customer with their referrals."""
    name, house = path_id(customer, "customer"), console.house
    list_ = f"desk {name}"
    after = console.after(list_)
    file = customer_file(console.staff, name, after, stores=house.stores, now=house.now)
    pages = console.pages(list_, f"/staff/customers/{name}", file.lines.more)
    return console.page(
        200,
        "customer",
        file=file,
        name=customer_name(file.customer),
        owner=owner_name(file.customer),
        referrals=referrals_table(file.lines, pages),
        credits=account_credits_table(file.credits),
    )
