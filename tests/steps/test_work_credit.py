"""One queue, two works: post a credit, or mark what an account has used."""

from goodword.steps.work_credit import account_work, work_credit


def work(world, message):
    return work_credit(message, house=world.posting)


def test_a_credits_id_posts_it(world):
    world.referral()
    world.stage("demo_attended")
    assert work(world, world.credit().credit) == "posted"
    assert work(world, world.credit().credit) == "not due"


def test_an_account_has_its_used_credits_marked(world):
    world.referral()
    world.stage("demo_attended")
    work(world, world.credit().credit)
    world.billing.bill("cus_1", 5_000, "in_1")
    assert work(world, account_work("cus_1")) == "1 marked"
    assert world.credit().used_on == "in_1"


def test_what_names_nothing_does_nothing(world):
    assert work(world, "cr_nobody") == "not due"
    assert work(world, "account:cus_nobody") == "0 marked"
