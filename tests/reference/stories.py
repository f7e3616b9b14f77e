"""Make up random stories: complete true histories of a few sales, for the reference and a player.

A story is a pure function of its seed. It starts with programs, referrers, companies and people,
goes on with referrals and deals, and then lets the usual accidents of a CRM happen: colleagues,
clones, steps back, merges, associations that end or come late, emptied fields, undated reads,
deletions, erasures, terms and mappings that change, persons who decide.

The values are those of `history.py`. A player can turn each fact into an event of a vendor, in any
order, with duplicates and losses. An undated `Read` is of a CRM that gives no times: its
change was lost and only a poll finds it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tests.reference import history as h

SYSTEM = "crm"
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
DOMAINS = ("harborview.example", "fernhill.example", "quarrystone.example", "tidewater.example")
MAILBOXES = ("gmail.com", "comcast.net")
PARTNER_DOMAIN = "resellhub.example"
SHARED_DOMAINS = frozenset({*MAILBOXES, "nhs.net"})
NAMES = ("nadia", "victor", "paul", "yuki", "joan", "theo", "mira", "hugo", "otis", "lena")
ON_THE_WAY = ("contacted", "demo_booked", "demo_attended", "proposal", "won")
RAW_STAGES = {stage: stage for stage in (*ON_THE_WAY, "lost")}


@dataclass(frozen=True)
class Story:
    """A seed, its history, and the time at which it ends."""

    seed: int
    history: h.History
    ends: datetime


@dataclass
class _Person:
    """A person in the CRM, who may be the prospect of referrals."""

    name: str
    email: str
    contact: h.ObjectId
    company: h.ObjectId | None
    phone: str | None = None


@dataclass
class _Deal:
    """A deal while its story goes on."""

    id: h.ObjectId
    created: datetime
    now: datetime
    people: list[_Person] = field(default_factory=list)
    stage: str | None = None


def story(seed: int) -> Story:
    """Return the story of a seed."""
    return _Teller(seed).tell()


class _Teller:
    """Tells one story, drawing everything from one seeded source."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 - it can be replayed
        # Some stories go over the end of a year, in which limits begin again.
        starts = (datetime(2027, 2, 1, 14, tzinfo=UTC), datetime(2027, 11, 25, 14, tzinfo=UTC))
        self.start = self.random.choice(starts)
        self.facts: list[h.Fact] = []
        self.people: list[_Person] = []
        self.deals: list[_Deal] = []
        self.referrals: list[h.Referral] = []
        self.decisions: list[h.Decision] = []
        self.erased: list[h.Erased] = []
        self.account_changes: list[h.AccountChange] = []
        self.companies: list[h.ObjectId] = []
        self.next_id = 100

    # --- chance ---

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def later(self, at: datetime, most_days: float = 10) -> datetime:
        """Return a time after another one, to the second, so that few times are equal."""
        seconds = self.random.randint(60, int(most_days * 86_400))
        return at + timedelta(seconds=seconds)

    def new_id(self, kind: str) -> h.ObjectId:
        self.next_id += 1
        return h.ObjectId(SYSTEM, kind, str(self.next_id))

    # --- the whole ---

    def tell(self) -> Story:
        self.settings()
        self.set_up_people()
        self.refer()
        for _ in range(self.random.choice((1, 1, 2, 2, 3))):
            self.open_deal()
        self.own_stages()
        for deal in list(self.deals):
            self.sell(deal)
        self.split_purchase()
        for accident in (
            self.merge_deals,
            self.merge_contacts,
            self.merge_companies,
            self.move_associations,
            self.change_addresses,
            self.learn_company,
            self.delete_and_restore,
            self.copy_ids,
            self.mark_customers,
            self.erase,
            self.change_accounts,
            self.decide,
        ):
            accident()
        ends = max(each.at for each in self.facts) + timedelta(days=self.random.choice((3, 40, 90)))
        for referral in self.referrals:
            ends = max(ends, referral.created_at + timedelta(days=3))
        return Story(self.seed, self.history(), ends)

    def history(self) -> h.History:
        return h.History(
            facts=_possible(self.facts),
            terms=tuple(self.terms),
            connections=tuple(self.connections),
            accounts=tuple(self.accounts),
            referrers=tuple(self.referrers),
            referrals=tuple(self.referrals),
            account_changes=tuple(self.account_changes),
            erased=tuple(self.erased),
            decisions=tuple(sorted(self.decisions, key=lambda each: each.at)),
            shared_domains=SHARED_DOMAINS,
        )

    # --- programs, connections, referrers ---

    def settings(self) -> None:
        """Choose programs with their settings, versions that follow, and the connection."""
        names = ["peers"] if self.maybe(0.7) else ["peers", "spring-offer"]
        self.terms: list[h.Terms] = [self.program(each) for each in names]
        if self.maybe(0.25):
            self.terms.append(self.next_version(self.terms[0]))
        unmapped = self.maybe(0.15)
        late = len(names) > 1 and self.maybe(0.4)
        first = self.connection(names[:1] if late else names, LONG_AGO)
        self.connections = [first]
        if late or unmapped:
            self.connections.append(
                self.connection(names, self.later(self.start, 60), like=first, verbal=unmapped)
            )
        self.accounts = [
            h.Account("cus_RHEA", self.random.choice(("USD", "USD", "USD", "EUR", None))),
            h.Account("cus_TOMAS", self.random.choice(("USD", "USD", "USD", "GBP"))),
        ]
        domain = self.random.choice((None, None, None, None, "quarrystone.example"))
        self.referrers = [
            h.Referrer("rhea", "cus_RHEA", "rhea@saltmarsh.example", self.earns()),
            h.Referrer("tomas", "cus_TOMAS", "tomas@inkwell.example", self.earns()),
            h.Referrer("wren", "cus_RHEA", f"wren@{domain}" if domain else None, self.earns()),
        ]

    def earns(self) -> str:
        return self.random.choice(("yes",) * 14 + ("no", "ask"))

    def program(self, name: str) -> h.Terms:
        choose = self.random.choice
        return h.Terms(
            program=name,
            version=1,
            applied_at=LONG_AGO,
            milestones=self.milestones(),
            company_match=choose(("ask", "ask", "clear", "clear", "off", "off")),
            company_claim_days=choose((180, 180, 10)),
            pay_once_per=choose(("company", "company", "deal")),
            reversal_grace_days=choose((14, 14, 0, 5)),
            decision_days=choose((14, 14, 14, 60)),
            closes_after_days=choose((365, 365, 60, 30)),
            approve=self.maybe(0.12),
            approve_above=(h.Money(10_000, "USD"),) if self.maybe(0.5) else (),
            account_year=choose(((), self.limit(20_000), self.limit(22_000))),
            budget=h.Budget(self.limit(40_000), choose(("month", "quarter", "year", "total")))
            if self.maybe(0.15)
            else None,
            partner_domains=frozenset({PARTNER_DOMAIN}) if self.maybe(0.7) else frozenset(),
            pause=self.pause() if self.maybe(0.06) else None,
        )

    def pause(self) -> h.Pause:
        starts = (self.start + timedelta(days=15)).date()
        return h.Pause(starts, self.random.choice((starts + timedelta(days=20), None)))

    def limit(self, minor: int) -> tuple[h.Money, ...]:
        return h.Money(minor, "USD"), h.Money(minor, "EUR")

    def milestones(self) -> tuple[h.Milestone, ...]:
        """Choose what is paid for: mostly an attended demo and a won deal."""
        demo: h.Criterion = h.Stage("demo_attended")
        if self.maybe(0.5):
            demo = h.Within(demo, self.random.choice((20, 30, 60)))
        won: h.Criterion = h.Stage("won")
        kind = self.random.random()
        if kind < 0.12:
            won = h.All((won, h.MinimumValue((h.Money(100_000, "USD"),))))
        elif kind < 0.24:
            won = h.All((won, h.MinimumValue((h.Money(100_000, "USD"),), sum_days=90)))
        elif kind < 0.3:
            won = h.All((won, h.NewCustomer()))
        elif kind < 0.33:
            won = h.All((won, h.Not(h.HasValue("segment", ("public",)))))
        taken_back: frozenset[str] = frozenset() if self.maybe(0.7) else frozenset({h.LOST})
        pays = (h.Money(20_000, "USD"), h.Money(18_000, "EUR"))
        both = (
            h.Milestone("demo", (h.Money(5_000, "USD"), h.Money(4_500, "EUR")), demo,
                        self.random.choice((0, 3, 7)), taken_back),
            h.Milestone("deal", pays, won, self.random.choice((0, 3, 7, 14))),
        )  # fmt: skip
        return both if self.maybe(0.7) else both[1:]

    def next_version(self, terms: h.Terms) -> h.Terms:
        """Return a version that is applied in the middle of the story, with other limits."""
        return replace(
            terms,
            version=2,
            applied_at=self.later(self.start, 60),
            milestones=self.milestones(),
            account_year=self.random.choice(((), self.limit(50_000), self.limit(5_000))),
            decision_days=21,
        )

    def connection(
        self,
        programs: Sequence[str],
        applied_at: datetime,
        like: h.Connection | None = None,
        *,
        verbal: bool = False,
    ) -> h.Connection:
        """Return a version of the connection; a later one may map one more stage."""
        stages = RAW_STAGES | ({"verbal yes": "proposal"} if verbal else {})
        maps = {
            ("deal", "stage"): h.Mapped("stage", stages),
            ("deal", "amount"): h.Mapped("value"),
            ("contact", "stage"): h.Mapped("stage", RAW_STAGES),
            ("contact", "lifecycle"): h.Mapped("customer", {"customer": "customer"}),
            ("contact", "segment"): h.Mapped("segment"),
        }
        if like:
            return h.Connection(
                SYSTEM, applied_at, frozenset(programs), maps, like.currency, like.pipelines,
                like.deal_types, like.on_delete,
            )  # fmt: skip
        return h.Connection(
            SYSTEM,
            applied_at,
            frozenset(programs),
            maps,
            currency="USD",
            pipelines=frozenset({"default"}),
            on_delete=self.random.choice(("ask", "ask", "lost", "ignore")),
        )

    # --- people ---

    def set_up_people(self) -> None:
        """Put people of two or three companies into the CRM, most of them with their company."""
        with_companies = self.maybe(0.6)
        domains = self.random.sample(DOMAINS, k=self.random.choice((1, 2, 2)))
        if self.maybe(0.2):
            domains.append(self.random.choice((*MAILBOXES, PARTNER_DOMAIN, PARTNER_DOMAIN)))
        names = list(NAMES)
        self.random.shuffle(names)
        for domain in domains:
            company = self.new_id(h.COMPANY) if with_companies else None
            if company:
                self.companies.append(company)
                self.facts.append(h.Created(company, LONG_AGO))
            for _ in range(self.random.choice((1, 2, 3))):
                if names:
                    self.add_person(names.pop(), domain, company)

    def add_person(self, name: str, domain: str, company: h.ObjectId | None) -> None:
        if self.maybe(0.12):
            domain = f"dental.{domain}"
        kind = h.LEAD if self.maybe(0.1) else h.CONTACT
        person = _Person(name, f"{name}@{domain}", self.new_id(kind), company)
        created = LONG_AGO if self.maybe(0.7) else self.later(self.start, 20)
        self.facts.append(h.Created(person.contact, created))
        spelled = person.email if self.maybe(0.8) else f" {person.email.title()}"
        self.facts.append(h.Change(person.contact, h.EMAIL, spelled, created))
        if self.maybe(0.4):
            person.phone = f"+1 212 555 01{self.random.randint(10, 14)}"
            self.facts.append(h.Change(person.contact, h.PHONE, person.phone, created))
        if company and self.maybe(0.85):
            self.facts.append(h.Associated(person.contact, company, created))
        self.people.append(person)

    # --- referrals ---

    def refer(self) -> None:
        """Refer one to four people, some of them twice; colleagues stay unreferred."""
        for number in range(self.random.choice((1, 2, 2, 3, 4))):
            person = self.random.choice(self.people)
            at = self.later(self.start, 12 if self.maybe(0.8) else 60)
            programs = [each for each in self.terms if each.version == 1]
            program = self.random.choice(programs).program
            version = max(
                each.version
                for each in self.terms
                if each.program == program and each.applied_at <= at
            )
            email = person.email
            if person.phone and self.maybe(
                0.15
            ):  # a private address; only the phone points at the person
                email = f"{person.name}@{self.random.choice(MAILBOXES)}"
            self.referrals.append(
                h.Referral(
                    id=f"ref-{number}",
                    program=program,
                    version=version,
                    referrer=self.random.choice(self.referrers).id,
                    email=email,
                    created_at=at,
                    phone=person.phone,
                    flags=frozenset({"same_company"}) if self.maybe(0.03) else frozenset(),
                    answers={"segment": self.random.choice(("private", "public"))},
                )
            )
            if self.maybe(0.06):
                self.facts.append(
                    h.Change(person.contact, h.REFERRAL_ID, f"ref-{number}", self.later(at, 5))
                )
            elif person.company and self.maybe(0.06):
                self.facts.append(
                    h.Change(person.company, h.REFERRAL_ID, f"ref-{number}", self.later(at, 5))
                )

    # --- deals ---

    def open_deal(self) -> None:
        """Open a deal around a referral, with the prospect, a colleague, or both."""
        referral = self.random.choice(self.referrals)
        days = self.random.choice((-20, -6, 1, 2, 3, 5, 5, 7, 9, 14, 20, 40))
        at = self.later(referral.created_at + timedelta(days=days), 3)
        name = referral.email.split("@")[0]
        prospect = next(each for each in self.people if each.name == name)
        colleagues = [
            each
            for each in self.people
            if each is not prospect and _base(each.email) == _base(prospect.email)
        ]
        people = [prospect]
        if colleagues and self.maybe(0.4):
            people = [self.random.choice(colleagues)]
        if self.maybe(0.3):
            people.append(self.random.choice(self.people))
        deal = self.add_deal(at, people)
        if self.maybe(0.15) and at > referral.created_at and people[0] is prospect:
            self.change_jobs(prospect, referral.created_at, deal)

    def change_jobs(self, person: _Person, after: datetime, deal: _Deal) -> None:
        """Let a prospect go to another company between the referral and the deal."""
        if person.company is None:
            return
        new = self.new_id(h.COMPANY)
        at = after + (deal.created - after) / 2
        self.companies.append(new)
        self.facts.append(h.Created(new, LONG_AGO))
        self.facts.append(h.Associated(person.contact, person.company, LONG_AGO))
        self.facts.append(h.Dissociated(person.contact, person.company, at))
        self.facts.append(h.Associated(person.contact, new, at))

    def add_deal(self, at: datetime, people: Sequence[_Person]) -> _Deal:
        deal = _Deal(self.new_id(h.DEAL), at, at)
        self.facts.append(h.Created(deal.id, at))
        pipeline = "renewals" if self.maybe(0.05) else "default"
        self.facts.append(h.Change(deal.id, h.PIPELINE, pipeline, at))
        for person in people:
            if person not in deal.people:
                deal.people.append(person)
                late = self.maybe(0.15)
                began = self.later(at, 30) if late else at
                self.facts.append(h.Associated(person.contact, deal.id, began))
        company = next((each.company for each in people if each.company), None)
        if company and self.maybe(0.8):
            self.facts.append(h.Associated(deal.id, company, at))
        self.deals.append(deal)
        return deal

    def sell(self, deal: _Deal) -> None:
        """Let a deal go its way: forward, back, lost, won again, re-created, emptied."""
        undated = self.maybe(0.17)
        reached = self.random.choice((0, 2, 3, 4, 4, 4, 4, 4))
        if self.maybe(0.6):
            self.amount(deal)
        for stage in ON_THE_WAY[: reached + 1]:
            if stage in ON_THE_WAY[:2] and self.maybe(0.6):
                continue
            self.move(deal, stage, undated=undated)
            if self.maybe(0.06):
                self.move(deal, self.random.choice(("verbal yes", "onboarding")))
            if self.maybe(0.13):
                self.move(deal, self.random.choice(ON_THE_WAY[:3]))
                if self.maybe(0.7):
                    self.move(deal, stage, days=self.random.choice((5, 45)))
        if self.maybe(0.5):
            self.amount(deal)
        if self.maybe(0.05):
            self.facts.append(h.Change(deal.id, "stage", None, self.later(deal.now, 5)))
        if self.maybe(0.4):
            self.lose(deal)

    def amount(self, deal: _Deal) -> None:
        value = self.random.choice(
            (
                "8000",
                "600",
                "700",
                "120.00 USD",
                "2500.00 USD",
                "40000.00 EUR",
                "40000.00 EUR",
                "8,000.00",
                "",
            )
        )
        deal.now = self.later(deal.now, 2)
        self.facts.append(h.Change(deal.id, "amount", value or None, deal.now))

    def move(self, deal: _Deal, stage: str, *, days: float = 7, undated: bool = False) -> None:
        """Move a deal to a stage, by a dated change or by one that only a poll finds."""
        deal.now, deal.stage = self.later(deal.now, days), stage
        if undated:
            read = self.later(deal.now, 15)
            self.facts.append(h.Read(deal.id, "stage", stage, read, self.later(deal.now, 1)))
            deal.now = read
        else:
            self.facts.append(h.Change(deal.id, "stage", stage, deal.now))

    def lose(self, deal: _Deal) -> None:
        """Lose a deal, and maybe win it again or re-create it."""
        recreated = None
        if self.maybe(0.45):  # the copy is won before the first one is closed
            recreated = self.recreate(deal)
        self.move(deal, "lost", days=20)
        if self.maybe(0.3):
            self.move(deal, self.random.choice(("won", "won", "demo_booked")), days=40)
        elif recreated is None and self.maybe(0.5):
            self.recreate(deal)

    def recreate(self, deal: _Deal) -> _Deal:
        copied = self.add_deal(self.later(deal.now, 20), deal.people)
        self.move(copied, "won", days=10)
        return copied

    def split_purchase(self) -> None:
        """Split one purchase over two deals, where a program adds values up."""
        sums = any("sum_days=90" in repr(each.milestones) for each in self.terms)
        if not sums or not self.maybe(0.7):
            return
        referral = self.random.choice(self.referrals)
        name = referral.email.split("@")[0]
        buyer = next(each for each in self.people if each.name == name)
        at = self.later(referral.created_at, 5)
        for amount in ("600", "700"):
            deal = self.add_deal(at, [buyer])
            self.move(deal, "won", days=20)
            self.facts.append(h.Change(deal.id, "amount", amount, deal.now))
            at = self.later(at, 20)

    def own_stages(self) -> None:
        """Mark a stage on a contact itself, before or without a deal."""
        if not self.maybe(0.35):
            return
        referral = self.random.choice(self.referrals)
        name = referral.email.split("@")[0]
        person = next(each for each in self.people if each.name == name)
        if self.maybe(0.6):  # a person without any deal
            mine = [each for each in self.deals if person in each.people]
            for deal in mine:
                deal.people.remove(person)
                self.facts = [
                    each
                    for each in self.facts
                    if not (isinstance(each, h.Associated) and each.one == person.contact
                            and each.other == deal.id)
                ]  # fmt: skip
        at = self.later(
            referral.created_at + timedelta(days=self.random.choice((-25, -8, 1, 3))), 5
        )
        for stage in ("demo_booked", "demo_attended", "won")[: self.random.choice((2, 2, 3))]:
            if self.maybe(0.35):
                self.facts.append(h.Read(person.contact, "stage", stage, self.later(at, 25), None))
            else:
                self.facts.append(h.Change(person.contact, "stage", stage, at))
            at = self.later(at, 12)

    # --- accidents ---

    def some_time(self, deal: _Deal, most_days: float = 15) -> datetime:
        """Return a time in the life of a deal, or a little after it."""
        span = max((deal.now - deal.created).total_seconds(), 60)
        return self.later(deal.created + timedelta(seconds=self.random.random() * span), most_days)

    def merge_deals(self) -> None:
        if len(self.deals) > 1 and self.maybe(0.12):
            gone, into = self.random.sample(self.deals, 2)
            self.facts.append(h.Merged(gone.id, into.id, self.some_time(into)))

    def merge_contacts(self) -> None:
        if len(self.people) > 1 and self.maybe(0.06):
            gone, into = self.random.sample(self.people, 2)
            if gone.contact.kind == into.contact.kind:
                at = self.later(self.start, 60)
                self.facts.append(h.Merged(gone.contact, into.contact, at))

    def merge_companies(self) -> None:
        if len(self.companies) > 1 and self.maybe(0.15):
            gone, into = self.random.sample(self.companies, 2)
            self.facts.append(h.Merged(gone, into, self.later(self.start, 60)))

    def move_associations(self) -> None:
        """Take people off a deal, replace them, or add one late."""
        for deal in self.deals:
            if deal.people and self.maybe(0.12):
                gone = self.random.choice(deal.people)
                at = self.some_time(deal)
                self.facts.append(h.Dissociated(gone.contact, deal.id, at))
                if self.maybe(0.5):
                    other = self.random.choice(self.people)
                    self.facts.append(h.Associated(other.contact, deal.id, at))
            if self.maybe(0.15):
                other = self.random.choice(self.people)
                self.facts.append(h.Associated(other.contact, deal.id, self.some_time(deal, 25)))

    def change_addresses(self) -> None:
        for person in self.people:
            if self.maybe(0.08):
                at = self.later(self.start, 40)
                email = f"{person.name}@{self.random.choice(DOMAINS)}"
                self.facts.append(h.Change(person.contact, h.EMAIL, email, at))

    def learn_company(self) -> None:
        """Give a deal its company late, or let a person change the company."""
        for deal in self.deals:
            if self.companies and self.maybe(0.1):
                company = self.random.choice(self.companies)
                self.facts.append(h.Associated(deal.id, company, self.some_time(deal, 5)))
        others = [each for each in self.people if each.company]
        if len(self.companies) > 1 and others and self.maybe(0.3):
            person = self.random.choice(others)
            new = self.random.choice([each for each in self.companies if each != person.company])
            at = self.later(self.start + timedelta(days=6), 15)
            assert person.company is not None
            self.facts.append(h.Dissociated(person.contact, person.company, at))
            self.facts.append(h.Associated(person.contact, new, at))

    def delete_and_restore(self) -> None:
        for deal in self.deals:
            if self.maybe(0.15):
                at = self.later(deal.now, 4) if self.maybe(0.4) else self.some_time(deal, 8)
                self.facts.append(h.Deleted(deal.id, at))
                if self.maybe(0.5):
                    self.facts.append(h.Restored(deal.id, self.later(at, 20)))
        if self.maybe(0.03):
            person = self.random.choice(self.people)
            at = self.later(self.start, 60)
            self.facts.append(h.Deleted(person.contact, at, privacy=self.maybe(0.5)))

    def copy_ids(self) -> None:
        """Write referral ids on deals: right ones, those of a cloned deal, and two at once."""
        for deal in self.deals:
            if self.maybe(0.28):
                referral = self.random.choice(self.referrals).id
                if self.maybe(0.15):
                    referral += f";{self.random.choice(self.referrals).id}"
                at = self.some_time(deal)
                self.facts.append(h.Change(deal.id, h.REFERRAL_ID, referral, at))
                if self.maybe(0.15):
                    later = self.later(at, 10)
                    self.facts.append(h.Change(deal.id, h.REFERRAL_ID, None, later))

    def mark_customers(self) -> None:
        for person in self.people:
            if self.maybe(0.06):
                at = self.later(self.start - timedelta(days=10), 40)
                self.facts.append(h.Change(person.contact, "lifecycle", "customer", at))
                if self.maybe(0.4):
                    later = self.later(at, 3)
                    self.facts.append(h.Change(person.contact, "lifecycle", None, later))

    def erase(self) -> None:
        for referral in self.referrals:
            if self.maybe(0.04):
                self.erased.append(h.Erased(referral.id, self.later(referral.created_at, 40)))

    def change_accounts(self) -> None:
        for account in self.accounts:
            if account.currency is None or self.maybe(0.03):
                at = self.later(self.start, 80)
                self.account_changes.append(h.AccountChange(account.id, at, currency="USD"))
            if self.maybe(0.08):
                at = self.later(self.start, 20)
                self.account_changes.append(h.AccountChange(account.id, at, standing="past_due"))
                good = self.later(at, 30)
                self.account_changes.append(h.AccountChange(account.id, good, standing="good"))

    # --- persons ---

    def decide(self) -> None:
        """Let persons act on deals and credits, and take some of it back."""
        for deal in self.deals:
            referral = self.random.choice(self.referrals)
            at = self.some_time(deal, 12)
            if self.maybe(0.12):
                self.act(h.Action.CREDIT, at, deal=deal.id, referral=referral.id)
            elif self.maybe(0.12):
                whom = referral.id if self.maybe(0.8) else None
                self.act(h.Action.NOT_RELATED, at, deal=deal.id, referral=whom)
        for referral in self.referrals:
            for milestone in ("demo", "deal"):
                for action, chance in (
                    (h.Action.PAY, 0.5),
                    (h.Action.CANCEL, 0.07),
                    (h.Action.REVERSE, 0.08),
                ):
                    if self.maybe(chance):
                        deal = self.random.choice(self.deals)
                        at = self.some_time(deal, 20)
                        if self.maybe(0.5):
                            at = self.later(deal.now, 12)
                        self.act(action, at, referral=referral.id, milestone=milestone)

    def act(
        self,
        action: h.Action,
        at: datetime,
        deal: h.ObjectId | None = None,
        referral: str | None = None,
        milestone: str | None = None,
    ) -> None:
        role = self.random.choice(("finance", "admin", "success"))
        name = f"d{len(self.decisions) + 1}"
        self.decisions.append(h.Decision(name, at, action, role, deal, referral, milestone))
        if self.maybe(0.2):
            self.decisions.append(
                h.Decision(f"{name}-revoked", self.later(at, 6), h.Action.REVOKE, revokes=name)
            )


def _possible(made_up: Sequence[h.Fact]) -> tuple[h.Fact, ...]:
    """Return the facts in true order, without those that no CRM could have.

    Nothing happens to an object that is deleted or merged away, nothing is associated twice or
    taken off where it is not, and people and companies exist before anything happens to them.
    """
    facts = sorted(made_up, key=lambda each: each.at)
    first: dict[h.ObjectId, datetime] = {}
    for fact in facts:
        for object_ in _objects(fact):
            first.setdefault(object_, fact.at)
    gone: set[h.ObjectId] = set()
    into: dict[h.ObjectId, h.ObjectId] = {}
    associated: set[frozenset[h.ObjectId]] = set()
    kept: list[h.Fact] = []

    def survivor(object_: h.ObjectId) -> h.ObjectId:
        while object_ in into:
            object_ = into[object_]
        return object_

    for fact in facts:
        fact_objects = _objects(fact)
        if any(each in gone for each in fact_objects) and not isinstance(fact, h.Restored):
            continue
        pair = frozenset(fact_objects)
        match fact:
            case h.Created() if fact.object.kind != h.DEAL:
                fact = h.Created(fact.object, first[fact.object])
            case h.Associated():
                if pair in associated:
                    continue
                associated.add(pair)
            case h.Dissociated():
                if pair not in associated:
                    continue
                associated.remove(pair)
            case h.Deleted():
                gone.add(fact.object)
            case h.Restored():
                if fact.object not in gone or fact.object in into:
                    continue
                gone.remove(fact.object)
            case h.Merged():
                gone.add(fact.gone)
                into[fact.gone] = fact.into
                associated = {frozenset(map(survivor, each)) for each in associated}
            case _:
                pass
        kept.append(fact)
    return tuple(sorted(kept, key=lambda each: each.at))


def _objects(fact: h.Fact) -> tuple[h.ObjectId, ...]:
    match fact:
        case h.Associated() | h.Dissociated():
            return fact.one, fact.other
        case h.Merged():
            return fact.gone, fact.into
        case _:
            return (fact.object,)


def _base(email: str) -> str:
    """Return the mail domain without a department before it."""
    return email.split("@")[1].removeprefix("dental.")
