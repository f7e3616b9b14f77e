"""In-memory stand-ins for every port, so that a step can be tried without a cloud.

`fake_stores()` gives the tables with their Commit; the others stand for what lies outside. Each
behaves as its port says, and has switches for what a real cloud does on a bad day.
"""

from tests.fakes.billing import FakeBilling
from tests.fakes.chance import FakeClock, FakeNewId
from tests.fakes.mail import FakeLetters, FakeMailer
from tests.fakes.outside import (
    FakeContacts,
    FakeCrm,
    FakeEnqueue,
    FakeEventBus,
    FakeLookup,
    FakeSecrets,
)
from tests.fakes.refunds import FakeRefunds
from tests.fakes.stores import FakeCommit, FakeTables, fake_stores

__all__ = [
    "FakeBilling",
    "FakeClock",
    "FakeCommit",
    "FakeContacts",
    "FakeCrm",
    "FakeEnqueue",
    "FakeEventBus",
    "FakeLetters",
    "FakeLookup",
    "FakeMailer",
    "FakeNewId",
    "FakeRefunds",
    "FakeSecrets",
    "FakeTables",
    "fake_stores",
]
