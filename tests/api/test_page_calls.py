"""What opening a page costs with all its rows, however much the tables hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from botocore.client import BaseClient

from goodword.domain.access.session import open_session, write_session
from goodword.domain.access.staff import Staff
from goodword.domain.contact import Contact
from goodword.domain.credits.credit import Credit, Posted, Reverses, Status
from goodword.domain.crm_copy.delivery import Unmatched
from goodword.domain.crm_copy.fact import CrmEvent, ObjectRef
from goodword.domain.event import Event
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from goodword.domain.referrals.referral import MilestoneState, Referral
from goodword.domain.referrers.referrer import Referrer
from goodword.domain.timeline import Entry
from goodword.store.programs import KEPT
from goodword.store.tables import row_for
from tests.api.cloud import PREFIX, Cloud, bearer
from tests.credits import altered
from tests.tidy.project import ROOT
from tests.world import SECRETS

if TYPE_CHECKING:
    from goodword.ports.writes import Record

SIZES = (1_000, 100_000, 1_000_000)
MANY_KILOBYTES = 3_000  # items that a query without a limit would read at once
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
STAFF = Staff("5a" * 20, "sam@example.com", "finance", AT)


class Calls(NamedTuple):
    """What a page asked of DynamoDB: single items, queries, and reads of many items at once."""

    gets: int
    queries: int
    batches: int


# Every page, by its address and who opens it, with its calls in a function that has read no terms
# yet. A list is one query; all else is what the page is about and does not grow: who opens it, the
# account, sums, terms.
PAGES = {
    "the console's first page": ("/staff", "staff", Calls(1, 5, 1)),
    "the list of referrers": ("/staff/referrers", "staff", Calls(1, 1, 0)),
    "the list of referrals": ("/staff/referrals", "staff", Calls(2, 1, 2)),
    "the list of credits": ("/staff/credits", "staff", Calls(1, 1, 1)),
    "the list of unmatched events": ("/staff/unmatched", "staff", Calls(1, 2, 0)),
    "a referrer's file": ("/staff/referrers/ana", "staff", Calls(3, 2, 2)),
    "a referral's file": ("/staff/referrals/rf_1", "staff", Calls(5, 2, 3)),
    "the portal": ("/portal", "referrer", Calls(3, 5, 1)),
    "the portal's statement": ("/portal/statement", "referrer", Calls(2, 4, 0)),
    "a referral's story": ("/v1/referrals/rf_1", "read", Calls(5, 2, 1)),
    "an account's statement": ("/v1/accounts/cus_1/statement", "read", Calls(3, 3, 0)),
    "the credits of a status": ("/v1/credits", "read", Calls(1, 1, 0)),
}
# The page after it, where that takes something else.
FURTHER = {
    "the console's first page": None,
    # The newest credits once more: the sums above the list are of those.
    "the portal's statement": Calls(2, 5, 0),
}


# --- tables of any size ---------------------------------------------------------------------------


def referral(name: str) -> Referral:
    number = int(name.rpartition("_")[2])
    return Referral(
        referral=name,
        program="peers",
        version=1,
        referrer="ana",
        account="cus_1",
        source="verbal",
        prospect=Contact("Robin Prospect", f"robin{number}@practice.example.org", "+12125550123"),
        created_at=AT,
        deadline=AT + timedelta(days=180),
        milestones=(
            MilestoneState("demo", "met", (Reason("new_customer"),), credit=f"cr_{number}"),
        ),
    )


def credit(name: str, status: Status = "posted", hold: str = "") -> Credit:
    """Make a credit with a reversal, so that its row needs all reads that a row may need."""
    number = int(re.sub(r"\D", "", name))
    back = name.endswith("_reversal")
    made = Credit(
        credit=name,
        program="peers",
        version=1,
        milestone="demo",
        referral=f"rf_{number}",
        account="cus_1",
        referrer="ana",
        amount=Money(-5000 if back else 5000, "USD"),
        state=Posted("cbtxn_1", AT, reversal="" if back else f"{name}_reversal"),
        earned_at=AT,
        due_at=AT,
        reverses=Reverses(f"cr_{number}") if back else None,
    )
    data = {"hold": hold} if status == "held" and hold else {}
    return altered(made, status, **data)


def unmatched(number: int) -> Unmatched:
    deal = ObjectRef("crm", "deal", str(number))
    event = CrmEvent(deal, "stage", "crm demo_attended", AT)
    return Unmatched(f"object#{deal}", f"d{number}#0", "crm", event, AT, (f"object#{deal}",))


def entry(subject: str, number: int) -> Entry:
    """Make an entry, each by another of the staff."""
    happened = Event("made", {"source": "link"})
    return Entry(subject, "peers", f"2026#{number:09}", AT, happened, f"staff p{number}")


GROWING = ("referrals", "credits", "referrers", "unmatched", "timeline")
HOLDS = {"approve": "approval_required", "review": "sold_again", "held": "several_transactions"}


def listed(noun: str, key: str, index: str, number: int) -> Record:
    """Return the record of this place in a list.

    Credits of an account belong to none of its newest referrals.
    """
    if noun == "referrals":
        return referral(f"rf_{number}")
    if noun == "referrers":
        return Referrer(f"c-{number}", "cus_1", "Ana Example", f"ana{number}@example.com", AT)
    if noun == "unmatched":
        return unmatched(number)
    if noun == "timeline":
        return entry(key, number)
    if index == "by_account":
        return credit(f"cr_{9_000_000 + number}")
    return credit(f"cr_{number}", "held", HOLDS.get(key, "sold_again"))


class Grown:
    """A proxy of the deployment's DynamoDB with so many items under each key of a list.

    What does not grow with referrals is what the deployment holds. read: how many items of lists
    were read, and for their lines.
    """

    def __init__(self, size: int, make: Callable[..., Any]) -> None:
        self.size = size
        self.make = make
        self.read = 0
        self._operations: Counter[str] = Counter()

    @property
    def calls(self) -> Calls:
        """Return the calls so far."""
        found = Calls(*(self._operations[name] for name in ("GetItem", "Query", "BatchGetItem")))
        assert sum(found) == self._operations.total(), (
            f"a page asks for more than that: {self._operations}"
        )
        return found

    def call(self, client: Any, operation: str, request: dict[str, Any]) -> Any:
        if client.meta.service_model.service_name != "dynamodb":
            return self.make(client, operation, request)
        self._operations[operation] += 1
        if operation == "BatchGetItem":
            return self.batch(request["RequestItems"])
        noun = request["TableName"].removeprefix(f"{PREFIX}-")
        if operation == "GetItem" and noun in MADE:
            (key,) = request["Key"].values()
            return {"Item": row_for(MADE[noun](key["S"])).serialize()}
        if operation == "Query" and noun in GROWING:
            return self.page(noun, request)
        return self.make(client, operation, request)

    def page(self, noun: str, request: dict[str, Any]) -> dict[str, Any]:
        start = int(request.get("ExclusiveStartKey", {}).get("place", {"N": "0"})["N"])
        end = min(start + request.get("Limit", MANY_KILOBYTES), self.size)
        (key,) = (each["S"] for each in request["ExpressionAttributeValues"].values())
        index = request.get("IndexName", "")
        items = [
            row_for(listed(noun, key, index, number)).serialize() for number in range(start, end)
        ]
        self.read += len(items)
        more = {"LastEvaluatedKey": {"place": {"N": str(end)}}} if end < self.size else {}
        return {"Items": items, "Count": len(items), "ScannedCount": len(items), **more}

    def batch(self, wanted: dict[str, Any]) -> dict[str, Any]:
        ((table, asked),) = wanted.items()
        make = MADE[table.removeprefix(f"{PREFIX}-")]
        keys = [next(iter(key.values()))["S"] for key in asked["Keys"]]
        self.read += len(keys)
        return {
            "Responses": {table: [row_for(make(key)).serialize() for key in keys]},
            "UnprocessedKeys": {},
        }


MADE: dict[str, Callable[[str], Record]] = {
    "referrals": referral,
    "credits": credit,
    "staff": lambda person: replace(STAFF, person=person),
}


# --- who opens pages ------------------------------------------------------------------------------


def opened(cloud: Cloud, who: str, path: str) -> str:
    """Open a page as a member of staff, as the referrer, or with a key.

    Return what is on it.
    """
    if who == "read":
        headers = {"authorization": f"Bearer {bearer('read')}"}
    else:
        subject = STAFF.person if who == "staff" else "ana"
        session = write_session(
            open_session(who, subject, datetime.now(UTC)), SECRETS["keys/sessions"]
        )
        headers = {"cookie": f"__Host-goodword-{who}={session}"}
    answer = cloud.send("GET", path, **headers)
    assert answer.status == 200, answer.text
    return answer.text


def further(path: str, text: str) -> str | None:
    """Return the address of the page after this one, from what is on it."""
    link = re.search(r'[?&;]after=([^"&#]+)["#]|"next": ?"([^"]+)"', text)
    if link is not None:
        return f"{path}?after={link[1] or link[2]}"
    credits_ = re.search(r'"next_credits": ?"([^"]+)"', text)
    return None if credits_ is None else f"{path}?credits_after={credits_[1]}"


def counted(
    cloud: Cloud, size: int, monkeypatch: pytest.MonkeyPatch
) -> dict[str, list[tuple[Calls, int]]]:
    """Open every page and the one after it.

    Return the calls and the items of lists that each took.
    """
    make = BaseClient._make_api_call
    found: dict[str, list[tuple[Calls, int]]] = {}
    for name, (path, who, _) in PAGES.items():
        wanted: str | None = path
        found[name] = []
        while wanted is not None and len(found[name]) < 2:
            KEPT.clear()
            grown = Grown(size, make)
            with monkeypatch.context() as patched:
                patched.setattr(
                    BaseClient, "_make_api_call", lambda *given, to=grown: to.call(*given)
                )
                text = opened(cloud, who, wanted)
            found[name].append((grown.calls, grown.read))
            wanted = further(path, text)
    return found


def test_calls_and_items_of_a_page_are_bounded(
    furnished: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    furnished.create_link()
    first, *larger = (counted(furnished, size, monkeypatch) for size in SIZES)
    calls = {name: [each for each, _ in pages] for name, pages in first.items()}
    most = {name: max(sum(each) for each in pages) for name, pages in calls.items()}
    record_property("calls of the console's first page", most["the console's first page"])
    record_property("calls of the list of referrers", most["the list of referrers"])
    record_property("calls of the list of referrals", most["the list of referrals"])
    record_property("calls of the list of credits", most["the list of credits"])
    record_property("calls of the list of unmatched events", most["the list of unmatched events"])
    record_property("calls of a referrer's file", most["a referrer's file"])
    record_property("calls of a referral's file", most["a referral's file"])
    record_property("calls of the portal", most["the portal"])
    record_property("calls of the portal's statement", most["the portal's statement"])
    record_property("calls of a referral's story", most["a referral's story"])
    record_property("calls of an account's statement", most["an account's statement"])
    record_property("calls of the credits of a status", most["the credits of a status"])
    lists = [name for name in most if name.startswith("the list of ")]
    record_property("calls of a page with its lines", max(most[name] for name in lists))
    wanted = {name: (each, FURTHER.get(name, each)) for name, (_, _, each) in PAGES.items()}
    assert calls == {
        name: [each for each in pages if each is not None] for name, pages in wanted.items()
    }
    assert larger == [first, first]


def test_the_docs_say_what_every_page_takes() -> None:
    lists = (ROOT / "docs/performance.md").read_text(encoding="utf-8").partition("\n## Lists\n")[2]
    result = re.findall(r"^\| .+ \| ([\d; ]+) \| (\d+) \| (\d+) \|$", lists, re.MULTILINE)
    queries = {
        name: "; ".join(str(each.queries) for each in (calls, FURTHER.get(name)) if each)
        for name, (_, _, calls) in PAGES.items()
    }
    assert result == [
        (queries[name], str(calls.batches), str(calls.gets))
        for name, (_, _, calls) in PAGES.items()
    ]
