"""What is sent to Stripe is the same for every try."""

from goodword.domain.credits.posting import Posting, SendResult
from goodword.domain.money import Money


def test_two_postings_of_the_same_parameters_are_the_same_call():
    assert Posting("cus_1", Money(1, "USD"), "d", "k") == Posting(
        "cus_1", Money(1, "USD"), "d", "k", {}
    )


def test_an_outcome_that_is_not_known_names_no_transaction():
    assert SendResult("again").transaction is None
