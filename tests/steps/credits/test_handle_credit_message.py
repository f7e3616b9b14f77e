"""One queue, three works: post a credit, mark what an account has used, ask of a refund."""

from goodword.steps.credits.handle_credit_message import (
    account_work,
    handle_credit_message,
    refund_work,
)


def work(world, message):
    return handle_credit_message(
        message, deps=world.posting, ask=lambda delivery: f"asked of {delivery}"
    )


def test_a_credits_id_posts_it(world):
    world.referral()
    world.stage("demo_attended")
    assert work(world, world.credit().credit) == "posted"
    assert work(world, world.credit().credit) == "not_due"


def test_an_account_has_its_used_credits_marked(world):
    world.referral()
    world.stage("demo_attended")
    work(world, world.credit().credit)
    world.billing.bill("cus_1", 5_000, "in_1")
    assert work(world, account_work("cus_1")) == "marked"
    assert world.credit().applied_on == "in_1"


def test_a_delivery_is_asked_about(world):
    assert work(world, refund_work("stripe#1")) == "asked of stripe#1"


def test_what_names_nothing_does_nothing(world):
    assert work(world, "cr_nobody") == "not_due"
    assert work(world, "account:cus_nobody") == "unchanged"
