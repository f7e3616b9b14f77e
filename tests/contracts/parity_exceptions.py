"""Where the two sides of a case differ, how.

Why that does no harm. A test sees that each still does.
"""

from __future__ import annotations

from dataclasses import dataclass

from goodword.ports.services import SecretPair


@dataclass(frozen=True)
class Difference:
    """One case. simulated, real: what each side answers.

    differs: which side is unlike the service that it stands for, and how. harmless: why nothing
    hangs on it.
    """

    simulated: object
    real: object
    differs: str
    harmless: str


_ONE = (1, "50.00 USD", [("goodword_credit", "1")], "adjustment")

EXCEPTIONS: dict[str, Difference] = {
    "the same request twice": Difference(
        ("failed at 0", {"b": 1}),
        ("done", {"b": 1}),
        "The fakes know no client tokens: a repeat is a second transaction to them.",
        "They are stricter: a step that handles a failed repeat handles a repeated answer too. "
        "The wire tests lose replies under the real client, which repeats under its token.",
    ),
    "one token for two requests": Difference(
        "done",
        "refused",
        "The fakes know no client tokens.",
        "Each commit draws a token of its own: see the test below the comparison.",
    ),
    "a transaction that meets another": Difference(
        "contended",
        "done",
        "The local cloud runs one call after another, so that no transaction ever meets another.",
        "The service does what the fakes do: TransactionConflict, which the wire tests inject.",
    ),
    "an index that is late": Difference(
        (),
        ("cr_1",),
        "The local cloud's indexes are never late; the service's may be.",
        "The fakes are the harsher, and the simulation draws how late they are.",
    ),
    "a page that is just full": Difference(
        (["cr_2", "cr_1"], False),
        (["cr_2", "cr_1"], True),
        "The fakes see that nothing follows; DynamoDB says so only with the next, empty page.",
        "Who reads a list goes on until there is no more, and stands an empty page.",
    ),
    "an empty key": Difference(
        "done",
        "refused",
        "The fakes take an empty key, which DynamoDB refuses.",
        "Ids are made by ids.py or have been checked at the edge; none is empty.",
    ),
    "a delivery larger than an item": Difference(
        "done",
        "refused",
        "The fakes know no largest item of 400 KB.",
        "A body over 256 KB is refused before it is parsed.",
    ),
    "a secret that changes": Difference(
        [SecretPair("first"), SecretPair("second", "first")],
        [SecretPair("first"), SecretPair("first")],
        "The fakes keep no secret for five minutes.",
        "During a rotation both secrets hold, for longer than that.",
    ),
    "the list of a deleted customer": Difference(
        (("posted", 1), "no such customer"),
        (("posted", 1), [_ONE]),
        "The simulation has no list of a deleted customer; the twin still shows it.",
        "Which of the two Stripe does is not documented. Without a list the credit is held, with "
        "one it is adopted: tests of post_credit have both.",
    ),
    "a key that met no customer first": Difference(
        (("rejected", 0), ("posted", 1), [(1, *_ONE[1:])]),
        (("rejected", 0), ("rejected", 0), []),
        "The twin stores a 404 under its key, as it does every outcome of an endpoint that ran.",
        "A rejected credit is held, and an approved one gets a new key if Stripe has nothing.",
    ),
    "a customer without a currency": Difference(
        (("cus_B", None, "good"), ("posted", 1), ("cus_B", None, "good")),
        (("cus_B", None, "good"), ("posted", 1), ("cus_B", "USD", "good")),
        "The simulation's customer gets no currency by the first transaction.",
        "Nothing is sent to a customer without a currency: the credit is held before.",
    ),
    "metadata longer than stripe takes": Difference(
        (("posted", 1), [(1, "50.00 USD", [("a", "x" * 501)], "adjustment")]),
        (("rejected", 0), []),
        "The simulation has no longest metadata.",
        "What is sent are ids, which are far shorter; a rejection is held for a person.",
    ),
    "a description longer than stripe takes": Difference(
        (("posted", 1), [_ONE]),
        (("rejected", 0), []),
        "The simulation has no longest description.",
        "It is a program's name with a few words before it; a rejection is held for a person.",
    ),
    "a key longer than stripe takes": Difference(
        (("posted", 1), [_ONE]),
        (("rejected", 0), []),
        "The simulation has no longest key.",
        "A key is a credit's id with two short words; a rejection is held for a person.",
    ),
}
