"""Turn a case of tests/cases into a history, and compare what is owed with what it expects.

The files are described in tests/cases/README.md. A vendor's shapes are read here only as far as
the cases use them: the reference has no adapters, and whether an adapter reads a shape right is for
other tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any as Anything
from typing import Protocol

import yaml

from tests.reference import history as h
from tests.reference import matching, milestones, owed

FILES = Path(__file__).parent.parent / "cases"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
THE_END = timedelta(days=100)  # longer than each hold period and grace, shorter than decision_days

BASE: dict[str, Anything] = {
    "program": "peers",
    "version": 1,
    "decision_days": 400,
    "milestones": [
        {
            "milestone": "demo",
            "pays": ["50.00 USD"],
            "qualifies": {"stage": "demo_attended"},
            "taken_back_on": [],
        },
        {"milestone": "deal", "pays": ["200.00 USD"], "qualifies": {"stage": "won"}},
    ],
}

# What the shared domain files of the product hold, as far as the cases ask.
SHARED_DOMAINS = frozenset(
    {
        *("comcast.net", "att.net", "sbcglobal.net", "cox.net", "btinternet.com", "wanadoo.fr"),
        *("libero.it", "gmx.at", "yahoo.fr", "hotmail.fr", "live.co.uk", "naver.com", "gmail.com"),
        *("nhs.net", "cjsm.net"),
    }
)

HUBSPOT_STAGES = {
    "qualifiedtobuy": "contacted",
    "appointmentscheduled": "demo_booked",
    "decisionmakerboughtin": "demo_attended",
    "contractsent": "proposal",
    "closedwon": "won",
    "closedlost": "lost",
}
SALESFORCE_STAGES = {
    "Prospecting": "contacted",
    "Demo Booked": "demo_booked",
    "Demo Attended": "demo_attended",
    "Proposal/Price Quote": "proposal",
    "Closed Won": "won",
    "Closed Lost": "lost",
}
PIPEDRIVE_STAGES = {"2": "contacted", "3": "demo_booked", "4": "demo_attended", "5": "proposal"}

# Each vendor: the property of a deal's stage with its values, and that of its value.
STAGE_PROPERTY = {"hubspot": "dealstage", "salesforce": "StageName"}
STAGE_VALUES = {"hubspot": HUBSPOT_STAGES, "salesforce": SALESFORCE_STAGES}
VALUE_PROPERTY = {"salesforce": "Amount", "pipedrive": "value"}

ABOUT = {
    "a referral id without a match": matching.ID_WITHOUT_MATCH,
    "two referral ids": matching.TWO_IDS,
    "an earlier company match against a person match": matching.EARLIER_MATCH,
    "company match": matching.COMPANY_MATCH,
    "the contact moved to another company": matching.CONTACT_MOVED,
    "the company is paid already": owed.COMPANY_PAID,
    "possible match": owed.POSSIBLE_MATCH,
    "approval": owed.APPROVAL,
    "sold again": owed.SOLD_AGAIN,
    "a referral id that contradicts a sent credit": owed.SENT_CHANGED,
    "the chosen referral changed after a credit was sent": owed.SENT_CHANGED,
    "met again too late": milestones.MET_AGAIN_LATE,
    "undated evidence": milestones.UNDATED,
    "met before the referral": milestones.MET_BEFORE,
    "no minimum for JPY": milestones.NO_MINIMUM,
}
HOLDS = {"no minimum for JPY": milestones.NO_MINIMUM}

NOT_GIVEN = "not given"
TIMES_OF_STAGE = ("since", "LastStageChangeDate", "won_time", "lost_time", "stage_change_time")
NOT_PROPERTIES = {
    "contacts", "company", "created_at", "updatedAt", "update_time", "SystemModstamp", "history",
    "person_id", "org_id", "AccountId", "IsClosed", "CloseDate", "connection", *TIMES_OF_STAGE,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One case with one of its variants."""

    file: str
    name: str
    variant: int
    body: Mapping[str, Anything]

    @property
    def id(self) -> str:
        """Return the name of the case as a test has it."""
        return f"{self.file}: {self.name} [{self.variant}]"


def load(file: str) -> list[Case]:
    """Read all cases of a file, each with each of its variants."""
    text = (FILES / f"{file}.yaml").read_text()
    cases = []
    for body in yaml.safe_load(text)["cases"]:
        variants: list[tuple[str, Anything]] = [("", None)]
        for name, values in body.get("for_each", {}).items():
            variants = [(name, value) for value in values]
        for number, (name, value) in enumerate(variants, 1):
            filled = _fill(body, name, value) if name else body
            cases.append(Case(file, body["name"], number, filled))
    return cases


def _fill(node: Anything, name: str, value: Anything) -> Anything:
    """Replace `{name}` and `{name.key}`; a text that is only a placeholder becomes the value."""
    if isinstance(node, Mapping):
        return {key: _fill(each, name, value) for key, each in node.items()}
    if isinstance(node, list):
        return [_fill(each, name, value) for each in node]
    if not isinstance(node, str):
        return node
    pattern = re.compile(r"\{" + name + r"(?:\.(\w+))?\}")
    whole = pattern.fullmatch(node)
    if whole:
        return _pick(value, whole[1])
    return pattern.sub(lambda found: str(_pick(value, found[1])), node)


def _pick(value: Anything, key: str | None) -> Anything:
    return value[key] if key else value


# --- reading single values -----------------------------------------------------------------------


def _time(value: Anything) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    text = str(value).upper().replace("+0000", "Z")
    text = re.sub(r"\.(\d{1,6})\d*", lambda found: "." + found[1].ljust(6, "0"), text)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _money(text: str) -> h.Money:
    number, currency = text.split()
    minor = round(float(number) * (1 if currency == "JPY" else 100))
    return h.Money(minor, currency)


def _given(value: Anything) -> Anything:
    """Return None for what a case calls *none*."""
    return None if value == "none" else value


def _text(value: Anything) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# --- terms ---------------------------------------------------------------------------------------


def criterion(raw: Mapping[str, Anything]) -> h.Criterion:
    """Read a criterion of a program file."""
    found: list[h.Criterion] = []
    for key, value in raw.items():
        match key:
            case "stage":
                found.append(h.Stage(value))
            case "minimum_value":
                amounts = tuple(map(_money, value))
                found.append(h.MinimumValue(amounts, raw.get("sum_days")))
            case "new_customer":
                found.append(h.NewCustomer() if value else h.Not(h.NewCustomer()))
            case "all":
                found.append(h.All(tuple(map(criterion, value))))
            case "any":
                found.append(h.Any(tuple(map(criterion, value))))
            case "not":
                found.append(h.Not(criterion(value)))
            case "within_days" | "sum_days":
                pass
            case "paid":
                raise ValueError("the criterion paid needs the books of Stripe")
            case _:
                found.append(h.HasValue(key, tuple(value)))
    whole = found[0] if len(found) == 1 else h.All(tuple(found))
    return h.Within(whole, raw["within_days"]) if "within_days" in raw else whole


def terms(raw: Mapping[str, Anything], applied_at: datetime) -> h.Terms:
    """Read a program file over the base program."""
    fields = {**BASE, **raw}
    limits = fields.get("limits", {})
    budget, pause = limits.get("budget"), fields.get("pause")
    same_name = {
        "company_match", "company_claim_days", "pay_once_per", "deal_grace_days",
        "reversal_grace_days", "decision_days", "closes_after_days",
    }  # fmt: skip
    return h.Terms(
        program=fields["program"],
        version=fields["version"],
        applied_at=applied_at,
        milestones=tuple(
            h.Milestone(
                each["milestone"],
                tuple(map(_money, each["pays"])),
                criterion(each["qualifies"]),
                each.get("hold_days", 0),
                frozenset(each.get("taken_back_on", ["lost", "refunded"])),
            )
            for each in fields["milestones"]
        ),
        approve=fields.get("posting") == "approve",
        approve_above=tuple(map(_money, fields.get("approve_above", ()))),
        account_year=tuple(map(_money, limits.get("account_year", ()))),
        budget=h.Budget(tuple(map(_money, budget["amounts"])), budget["period"])
        if budget
        else None,
        partner_domains=frozenset(fields.get("partner_domains", ())),
        pause=h.Pause(pause["from"], pause.get("until")) if pause else None,
        **{key: fields[key] for key in same_name if key in fields},
    )


# --- the history of a case -----------------------------------------------------------------------


@dataclass
class _Builder:
    """Collects the history while the events of a case are read in their order."""

    case: Case
    system: str = ""
    facts: list[tuple[datetime, h.Fact]] = field(default_factory=list)
    values: dict[tuple[h.ObjectId, str], str | None] = field(default_factory=dict)
    people: dict[h.ObjectId, set[h.ObjectId]] = field(default_factory=dict)
    unread: set[h.ObjectId] = field(default_factory=set)  # objects without a history
    states: dict[h.ObjectId, dict[str, Anything]] = field(default_factory=dict)
    persons_of_account: dict[str, h.ObjectId] = field(default_factory=dict)

    @property
    def given(self) -> Mapping[str, Anything]:
        given: Mapping[str, Anything] = self.case.body["given"]
        return given

    @property
    def events(self) -> Sequence[Mapping[str, Anything]]:
        events: Sequence[Mapping[str, Anything]] = self.case.body["events"]
        return events

    def object(self, text: str) -> h.ObjectId:
        kind, id_ = text.split(maxsplit=1)
        return h.ObjectId(self.system, kind, id_)

    def of(self, kind: str, id_: Anything) -> h.ObjectId:
        return h.ObjectId(self.system, kind, str(id_))

    def add(self, fact: h.Fact) -> None:
        self.facts.append((fact.at, fact))

    # --- connections ---

    def connections(self) -> Iterator[h.Connection]:
        for raw in self.given.get("connections", ["crm"]):
            if raw == "stripe":
                continue
            yield self.connection(raw, LONG_AGO)
        for event in self.events:
            if "apply_connection" in event:
                yield self.connection(event["apply_connection"], _time(event["at"]))

    def connection(self, raw: Anything, applied_at: datetime) -> h.Connection:
        if isinstance(raw, str):
            name, _, currency = raw.partition(" in ")
            raw = {"connection": name, "currency": currency or None}
        vendor = raw["connection"]
        self.system = vendor
        maps = {
            ("deal", STAGE_PROPERTY.get(vendor, "stage")): h.Mapped(
                "stage", STAGE_VALUES.get(vendor)
            ),
            ("deal", VALUE_PROPERTY.get(vendor, "amount")): h.Mapped("value"),
            ("contact", "lifecyclestage"): h.Mapped("customer", {"customer": "customer"}),
            ("contact", "industry"): h.Mapped("segment", {"Private practice": "private_practice"}),
        }
        for name in raw.get("maps_not", ()):
            maps.pop(tuple(name.split(".", 1)), None)
        for name, mapped in raw.get("maps", {}).items():
            kind, property_ = name.split(".", 1)
            maps[kind, property_] = (
                h.Mapped(mapped)
                if isinstance(mapped, str)
                else h.Mapped(mapped["attribute"], mapped.get("values"))
            )
        business = raw.get("new_business", {})
        programs = raw.get("programs") or [each["program"] for each in self.programs()]
        return h.Connection(
            vendor,
            applied_at,
            frozenset(programs),
            maps,
            raw.get("currency"),
            frozenset(business["pipelines"]) if "pipelines" in business else None,
            frozenset(business["deal_types"]) if "deal_types" in business else None,
            raw.get("on_delete", "ask"),
        )

    def programs(self) -> list[Mapping[str, Anything]]:
        raw = self.case.body.get("program", {})
        return [{**BASE, **each} for each in (raw if isinstance(raw, list) else [raw])]

    # --- objects ---

    def deal_times(self) -> dict[h.ObjectId, datetime]:
        """Return when each deal was created: as given, or an hour before it is first named."""
        named: dict[h.ObjectId, datetime] = {}
        for event in self.events:
            text = json.dumps(event, default=str)
            for deal in self._deals_in(event, text):
                named.setdefault(deal, _time(event["at"]) - timedelta(hours=1))
        return named

    def _deals_in(self, event: Mapping[str, Anything], text: str) -> Iterator[h.ObjectId]:
        for key in ("object", "poll", "delete", "restore"):
            if str(event.get(key, "")).startswith("deal "):
                yield self.object(event[key])
        for key in ("associate", "dissociate"):
            if "deal" in event.get(key, {}):
                yield self.of("deal", event[key]["deal"])
        for name in event.get("merge", {}).values():
            if name.startswith("deal "):
                yield self.object(name)
        for name in event.get("crm_then", {}):
            if name.startswith("deal "):
                yield self.object(name)
        for name in self.given.get("crm", {}):
            if name.startswith("deal ") and re.search(rf"\b{name[5:]}\b", str(event.get("raw"))):
                yield self.object(name)
        if '\\"kind\\": \\"deal\\"' in text:
            yield self.of("deal", json.loads(event["raw"])["data"]["object"]["id"])

    def crm(self) -> None:
        """Read what the CRM holds at the start."""
        first_named = self.deal_times()
        crm: Mapping[str, Mapping[str, Anything]] = self.given.get("crm", {})
        created: dict[h.ObjectId, datetime] = {}
        for name, state in crm.items():
            if name.startswith("account "):
                person = self.of("contact", state["PersonContactId"])
                self.persons_of_account[name.split()[1]] = person
                self.add(h.Change(person, h.EMAIL, state["PersonEmail"], LONG_AGO))
                continue
            object_ = self.object(name)
            at = LONG_AGO
            if object_.kind == "deal":
                at = first_named.get(object_, LONG_AGO)
                for event in self.events:
                    if '"add_time"' in str(event.get("raw")):
                        at = _time(json.loads(event["raw"])["data"]["add_time"])
            created[object_] = _time(state["created_at"]) if "created_at" in state else at
        for deal, at in first_named.items():
            created.setdefault(deal, at)
        for event in self.events:
            for name, state in event.get("crm_then", {}).items():
                if isinstance(state, Mapping) and "created_at" in state:
                    created[self.object(name)] = _time(state["created_at"])
        for object_, at in created.items():
            self.add(h.Created(object_, at))
        for name, state in crm.items():
            if not name.startswith("account "):
                object_ = self.object(name)
                self.hold(object_, state, created[object_], start=True)

    def hold(
        self, object_: h.ObjectId, state: Mapping[str, Anything], at: datetime, *, start: bool
    ) -> None:
        """Let the CRM hold a state of an object, from a time on."""
        state = {key: value for key, value in state.items() if key != "connection"}
        self.states.setdefault(object_, {}).update(state)
        if state.get("history") == NOT_GIVEN:
            self.unread.add(object_)
        people = [self.of("contact", each) for each in state.get("contacts", ())]
        if "person_id" in state:
            people = [self.of("contact", state["person_id"])]
        if "AccountId" in state:
            people = [self.persons_of_account[state["AccountId"]]]
        if "contacts" in state or people:
            self.set_people(object_, people, at)
        if "company" in state:
            self.add(h.Associated(object_, self.of("company", state["company"]), at))
        for key, value in state.items():
            if key in NOT_PROPERTIES or key.startswith("hs_v2_date_entered_"):
                continue
            self.set_held(object_, key, value, at, start=start)

    def set_people(self, deal: h.ObjectId, people: Sequence[h.ObjectId], at: datetime) -> None:
        present = self.people.setdefault(deal, set())
        for person in sorted(present - set(people)):
            self.add(h.Dissociated(person, deal, at))
        for person in people:
            if person not in present:
                self.add(h.Associated(person, deal, at))
        self.people[deal] = set(people)

    def set_held(
        self, object_: h.ObjectId, key: str, value: Anything, at: datetime, *, start: bool
    ) -> None:
        """Add a value that the CRM holds, with the CRM's own time of a stage where it has one."""
        property_, raw = self.property(object_, key, value)
        if self.values.get((object_, property_), "") == raw or object_ in self.unread:
            return
        if property_ in self.stage_properties(object_):
            state = self.states[object_]
            own = [state[each] for each in TIMES_OF_STAGE if each in state]
            own += [v for each, v in state.items() if each.startswith("hs_v2_date_entered_")]
            if not own and start:
                return  # the events say when
            at = _time(own[-1]) if own else at
        self.change(object_, property_, raw, at)

    def stage_properties(self, object_: h.ObjectId) -> set[str]:
        return {"demo_state", "stage", STAGE_PROPERTY.get(self.system, "stage")} - {h.EMAIL}

    def change(self, object_: h.ObjectId, property_: str, value: str | None, at: datetime) -> None:
        self.values[object_, property_] = value
        self.add(h.Change(object_, property_, value, at))

    def property(self, object_: h.ObjectId, key: str, value: Anything) -> tuple[str, str | None]:
        """Return the property and raw value of a vendor for a key of a case."""
        if isinstance(value, str):
            value = re.sub(r"<id of ([\w-]+)>", r"\1", value)
        if isinstance(value, Mapping):  # a typed field of Pipedrive
            value = value.get("value", value.get("id"))
        if object_.kind != "deal":
            return key, _text(value)
        vendor = self.system
        if key == "stage" and vendor in STAGE_VALUES:
            inverse = {neutral: raw for raw, neutral in STAGE_VALUES[vendor].items()}
            return STAGE_PROPERTY[vendor], inverse[value]
        if vendor == "pipedrive" and key == "status":
            return "stage", value
        if vendor == "pipedrive" and key == "stage_id":
            return "stage", PIPEDRIVE_STAGES[str(value)]
        return key, _text(value)

    # --- events ---

    def event(self, event: Mapping[str, Anything]) -> None:
        at = _time(event["at"])
        if "raw" in event:
            self.raw(json.loads(event["raw"]), at)
        for ended in [event["dissociate"]] if "dissociate" in event else []:
            one, other = (self.of(kind, id_) for kind, id_ in ended.items())
            self.add(h.Dissociated(one, other, at))
        for begun in [event["associate"]] if "associate" in event else []:
            one, other = (self.of(kind, id_) for kind, id_ in begun.items())
            self.add(h.Associated(one, other, at))
        if "merge" in event:
            gone, into = self.object(event["merge"]["gone"]), self.object(event["merge"]["into"])
            self.add(h.Merged(gone, into, at))
        if "delete" in event:
            self.add(h.Deleted(self.object(event["delete"]), at))
        if "restore" in event:
            self.add(h.Restored(self.object(event["restore"]), at))
        for name, state in event.get("crm_then", {}).items():
            if isinstance(state, Mapping):
                self.hold(self.object(name), state, at, start=False)
        if "set" in event:
            self.set(event, at)
        if "poll" in event:
            self.poll(self.object(event["poll"]), at)

    def set(self, event: Mapping[str, Anything], at: datetime) -> None:
        """A property changes; an event that is never heard is read later, with or without time."""
        object_ = self.object(event["object"])
        values = {key: value for key, value in event["set"].items() if key != "currency"}
        if self.system == "pipedrive" and values.get("status") == "open":
            del values["status"]  # an open deal is at its stage
        for key, value in values.items():
            property_, raw = self.property(object_, key, value)
            if event.get("heard") == "never" and self.read_undated_later(object_, at):
                continue
            self.change(object_, property_, raw, at)

    def read_undated_later(self, object_: h.ObjectId, at: datetime) -> bool:
        for event in self.events:
            for name, state in event.get("crm_then", {}).items():
                later = _time(event["at"]) > at
                if self.object(name) == object_ and later and state.get("history") == NOT_GIVEN:
                    return True
        return False

    def poll(self, object_: h.ObjectId, at: datetime) -> None:
        """An answer without a history is undated evidence; one with it says what is known."""
        state = self.states.get(object_, {})
        if object_ not in self.unread:
            return
        edited = state.get("updatedAt") or state.get("SystemModstamp") or state.get("update_time")
        for key, value in state.items():
            if key in NOT_PROPERTIES or key == h.EMAIL:
                continue
            property_, raw = self.property(object_, key, value)
            self.add(h.Read(object_, property_, raw, at, _time(edited) if edited else None))

    def raw(self, body: Anything, at: datetime) -> None:
        """Read the body of a webhook as far as `crm_then` does not say it."""
        if isinstance(body, Mapping) and body.get("meta", {}).get("entity") == "deal":
            self.pipedrive(body["data"])
        elif isinstance(body, Mapping):
            data = body["data"]
            deal = self.of(data["object"]["kind"], data["object"]["id"])
            for key, value in data["properties"].items():
                self.change(deal, *self.property(deal, key, value), _time(body["timestamp"]))
        elif "attributes" in body[0]:
            for each in body:
                self.salesforce(each)
        else:
            for each in body:
                if each["subscriptionType"] == "deal.merge":
                    into = self.of("deal", each["newObjectId"])
                    for gone in [each["primaryObjectId"], *each["mergedObjectIds"]]:
                        self.add(h.Merged(self.of("deal", gone), into, at))

    def pipedrive(self, data: Mapping[str, Anything]) -> None:
        deal = self.of("deal", data["id"])
        won = _time(data["won_time"])
        self.change(deal, "stage", data["status"], won)
        self.change(deal, "value", f"{data['value']} {data['currency']}", won)
        for key, typed in data["custom_fields"].items():
            value = str(typed.get("value", typed.get("id")))
            if "currency" in typed:
                value += f" {typed['currency']}"
            self.change(deal, key, value, won)

    def salesforce(self, body: Mapping[str, Anything]) -> None:
        kind = body["attributes"]["type"]
        if kind == "Opportunity":
            deal = self.of("deal", body["Id"])
            at = _time(body["LastStageChangeDate"])
            self.change(deal, "StageName", body["StageName"], at)
        else:
            lead, at = self.of("lead", body["Id"]), _time(body["SystemModstamp"])
            self.change(lead, h.EMAIL, body["Email"], at)
            self.add(h.Associated(lead, self.of("deal", body["ConvertedOpportunityId"]), at))

    # --- the whole ---

    def history(self) -> h.History:
        connections = tuple(self.connections())
        self.crm()
        for event in self.events:
            self.event(event)
        given = self.given
        versions = [terms(each, LONG_AGO) for each in self.programs()]
        for event in self.events:
            if "apply_program" in event:
                raw = {**self.programs()[0], **event["apply_program"]}
                versions.append(terms(raw, _time(event["at"])))
        referrers = given.get("referrers", ())
        return h.History(
            facts=tuple(fact for _, fact in sorted(self.facts, key=lambda each: each[0])),
            terms=tuple(versions),
            connections=connections,
            accounts=tuple(
                h.Account(
                    each["account"],
                    None if each.get("currency") == "not known" else each.get("currency", "USD"),
                    each.get("standing", "good"),
                )
                for each in referrers
            ),
            referrers=tuple(
                h.Referrer(
                    each["referrer"], each["account"], each.get("email"), each.get("earns", "yes")
                )
                for each in referrers
            ),
            referrals=tuple(self.referral(each) for each in given.get("referrals", ())),
            account_changes=tuple(self.account_changes()),
            erased=tuple(
                h.Erased(event["erase"], _time(event["at"]))
                for event in self.events
                if "erase" in event
            ),
            decisions=tuple(self.decisions()),
            shared_domains=SHARED_DOMAINS,
        )

    def referral(self, raw: Mapping[str, Anything]) -> h.Referral:
        said_on = _given(raw.get("said_on"))
        return h.Referral(
            id=raw["referral"],
            program=raw.get("program", self.programs()[0]["program"]),
            version=self.programs()[0]["version"],
            referrer=raw["by"],
            email=raw["email"],
            created_at=_time(raw["created_at"]),
            phone=raw.get("phone"),
            said_on=said_on if isinstance(said_on, date) else None,
            flags=frozenset(raw.get("flags", ())),
        )

    def account_changes(self) -> Iterator[h.AccountChange]:
        for event in self.events:
            at = _time(event["at"])
            for account, state in event.get("stripe_state", {}).items():
                yield h.AccountChange(account, at, standing=state["standing"])
            if str(event.get("person", "")).startswith("says the account is billed in"):
                yield h.AccountChange(event["account"], at, currency=event["person"][-3:])

    def decisions(self) -> Iterator[h.Decision]:
        for event in self.events:
            if event.get("person") not in set(h.Action):
                continue
            credit = str(event.get("credit", "/")).removeprefix("the second ")
            referral, milestone = credit.split("/")
            yield h.Decision(
                event["id"],
                _time(event["at"]),
                h.Action(event["person"]),
                event.get("by", "finance"),
                self.of("deal", event["deal"]) if "deal" in event else None,
                event.get("to") or referral or None,
                milestone or None,
                event.get("decision"),
            )


def history_of(case: Case) -> h.History:
    """Return the history of a case."""
    return _Builder(case).history()


def play_of(case: Case) -> h.Play:
    """Where an arrival is given, posting runs only after all events were heard."""
    if "arrival" not in case.body:
        return h.Play()
    times = [_time(each["at"]) for each in case.body["events"]]
    return h.Play(sends_from=max(times))


# --- what a case expects -------------------------------------------------------------------------


class Result(Protocol):
    """What says what is owed at a time; last: at the end of a case."""

    def __call__(self, history: h.History, now: datetime, *, last: bool) -> owed.Owed: ...


def check(case: Case) -> list[str]:
    """Play a case; return where the reference and the case disagree."""

    def result(history: h.History, now: datetime, *, last: bool) -> owed.Owed:
        return owed.owed(history, now, play_of(case) if last else h.Play())

    return disagreements(case, result)


def disagreements(case: Case, result: Result, *, decisions: bool = True) -> list[str]:
    """Return where a result and the case disagree; decisions: compare the open items too."""
    history, wrong = history_of(case), []
    times = {each["id"]: _time(each["at"]) for each in case.body["events"]}
    for expected in case.body["expect"]:
        when, last = expected["when"], False
        if when == "in the end":
            now, last = max(times.values()) + THE_END, True
        elif isinstance(when, str) and when.startswith("after "):
            now = times[when.removeprefix("after ")]
        else:
            now = _time(when)
        found = result(history, now, last=last)
        whole = expected.get("one_of", [expected])
        if not decisions:
            whole = [{key: each[key] for key in each if key != "decisions"} for each in whole]
        differences = [list(_compare(found, each)) for each in whole]
        if all(differences):
            wrong += [f"{when}: {each}" for each in min(differences, key=len)]
    return wrong


def _compare(result: owed.Owed, expected: Mapping[str, Anything]) -> Iterator[str]:
    for each in expected.get("credits", ()):
        yield from _compare_credit(result, each, expected["credits"])
    if "decisions" in expected:
        yield from _compare_items(result, expected["decisions"])
    for referral, flags in expected.get("flags", {}).items():
        if result.flags[referral] != set(flags):
            yield f"{referral} has the flags {sorted(result.flags[referral])}, not {flags}"
    if expected.get("flags") == {} and any(result.flags.values()):
        yield f"there are flags: {result.flags}"
    for account, amount in expected.get("stripe", {}).items():
        yield from _compare_balance(result, account, _money(amount), expected)
    reversed_ = [each for each in result.credits if each.status == "reversed"]
    if expected.get("never") == "a reversal" and reversed_:
        yield f"there is a reversal: {reversed_}"


def _compare_credit(
    result: owed.Owed, expected: Mapping[str, Anything], others: Sequence[Mapping[str, Anything]]
) -> Iterator[str]:
    name = f"{expected['referral']}/{expected['milestone']}"
    number = 0
    if "follows" in expected:
        number = 2
    elif any("follows" in each for each in others):
        number = 1
    credit = result.credit(expected["referral"], expected["milestone"], number)
    status = credit.status if credit else "none"
    allowed = _list(expected["status"])
    if status not in allowed:
        yield f"{name} is {status}, not {allowed}: {credit}"
    if credit is None or status == "none":
        return
    if "amount" in expected and credit.amount != _money(expected["amount"]):
        yield f"{name} has {credit.amount}"
    if "deal" in expected and (credit.deal is None or credit.deal.id != str(expected["deal"])):
        yield f"{name} is for {credit.deal}"
    if "met_at" in expected and credit.met_at != _time(expected["met_at"]):
        yield f"{name} was met at {credit.met_at}"
    if "due" in expected and credit.due not in map(_time, _list(expected["due"])):
        yield f"{name} is due at {credit.due}"
    if "counts_in" in expected and credit.counts_in != expected["counts_in"]:
        yield f"{name} counts in {credit.counts_in}"
    if "hold" in expected and status == "held":
        hold = HOLDS.get(expected["hold"], expected["hold"])
        if hold not in credit.holds:
            yield f"{name} has the holds {sorted(credit.holds)}"


def _compare_items(result: owed.Owed, expected: Sequence[Mapping[str, Anything]]) -> Iterator[str]:
    found = [
        (each.kind, each.deal.id if each.deal else None, tuple(sorted(each.possible)))
        for each in result.items
    ]
    wanted = [
        (
            ABOUT[each["about"]],
            str(each["deal"]) if "deal" in each else None,
            tuple(sorted(each["possible"])),
        )
        for each in expected
    ]
    if sorted(found, key=str) != sorted(wanted, key=str):
        yield f"the open items are {found}, not {wanted}"


def _compare_balance(
    result: owed.Owed, account: str, amount: h.Money, expected: Mapping[str, Anything]
) -> Iterator[str]:
    total = sum(
        each.amount.minor
        for each in result.credits
        if each.status == "posted"
        and each.account == account
        and each.amount.currency == amount.currency
    )
    if total != amount.minor:
        yield f"{account} has {total}, not {amount}"


def _list(value: Anything) -> list[Anything]:
    return value if isinstance(value, list) else [value]
