"""Build a program from the plain data of its file; the schema has checked its shape before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from goodword.domain.errors import BadInput
from goodword.domain.money import Money, beside, parse_money
from goodword.domain.programs.brand import Brand, check_brand
from goodword.domain.programs.criterion import (
    AllOf,
    AnyOf,
    AttributeIn,
    CompanySize,
    ContactGiven,
    Criterion,
    MinimumValue,
    NewCustomer,
    Not,
    StageReached,
    Within,
)
from goodword.domain.programs.program import (
    Ends,
    Limits,
    Milestone,
    Pause,
    Program,
    Texts,
    check_calendar,
)
from goodword.domain.programs.target import check_target
from goodword.domain.stage import EXITS


def build_program(document: Mapping[str, Any]) -> Program:
    """Build a program from its document.

    Raise BadInput with the path of the field that does not hold.
    """
    milestones = tuple(
        _milestone(each, f"milestones[{place}]")
        for place, each in enumerate(document["milestones"])
    )
    names = [each.milestone for each in milestones]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise BadInput(
                f"the milestone {name!r} is there twice",
                where=f"milestones[{place}].milestone",
                remedy="Give each milestone its own name.",
            )
    program = Program(
        program=document["program"],
        version=0,
        name=document["name"],
        starts=_day(document["starts"], "starts"),
        time_zone=_zone(document["time_zone"]),
        prospect_gets=document["prospect_gets"],
        milestones=milestones,
        targets=tuple(host.lower() for host in document.get("targets", ())),
        default_target=document.get("default_target", ""),
        pause=_pause(document.get("pause")),
        ends=_ends(document.get("ends")),
        limits=_limits(document.get("limits") or {}),
        approve_above=_amounts(document.get("approve_above", []), "approve_above"),
        brand=_brand(document),
        form_fields=tuple(document.get("form_fields", ())),
        labels=dict(document.get("labels", {})),
        sign_off=tuple(document.get("sign_off", ())),
        locales=tuple(document.get("locales", ("en",))),
        texts={locale: Texts(**texts) for locale, texts in document.get("texts", {}).items()},
        document=dict(document),
        **{name: document[name] for name in _PLAIN if name in document},
    )
    check_calendar(program)
    _check_form_fields(program)
    _check_texts(program)
    _check_page(program, document.get("brand") or {})
    return program


_PLAIN = (
    "posting",
    "on_applied_credit",
    "attribution_days",
    "closes_after_days",
    "review_days",
    "deal_grace_days",
    "reversal_grace_days",
    "region",
    "pitch",
    "thank_you_note",
    "terms_url",
    "invoice_day",
    "stories",
)


def _brand(document: Mapping[str, Any]) -> Brand:
    data = document.get("brand") or {}
    return check_brand(Brand(**{"name": document["name"], **data}))


def _check_page(program: Program, brand: Mapping[str, Any]) -> None:
    """Raise BadInput if links have no target, or a landing page without the name of its brand."""
    if program.default_target and not program.targets:
        raise BadInput(
            "the host of default_target is not among the targets",
            where="default_target",
            remedy="Add targets with its host.",
        )
    if program.targets:
        try:
            check_target(program.default_target, program.targets)
        except BadInput as error:
            raise BadInput(error.what, where="default_target", remedy=error.remedy) from None
    elif not brand.get("name"):
        raise BadInput(
            "the landing page would not say who asks for the contact",
            where="brand.name" if brand else "",
            remedy="Add brand with its name, or targets and default_target for your own page.",
        )


def _check_form_fields(program: Program) -> None:
    """Raise BadInput where the form would not ask what a referral cannot do without."""
    for name in ("name", "email"):
        if program.form_fields and name not in program.form_fields:
            raise BadInput(
                f"the form does not ask for {name}",
                where="form_fields",
                remedy=f"Add {name} to it.",
            )


def _check_texts(program: Program) -> None:
    """Raise BadInput where a page would mix two languages.

    Each locale says all that the file says.
    """
    own, *others = program.locales
    for locale in program.texts:
        if locale not in others:
            raise BadInput(
                f"there are texts in {locale!r}, which is not one of the other locales",
                where=f"texts.{locale}",
                remedy=f"Name it in locales after {own!r}, or take the texts out.",
            )
    for locale in others:
        texts = program.texts.get(locale, Texts())
        for name in ("prospect_gets", "pitch", "thank_you_note"):
            if getattr(program, name) and not getattr(texts, name):
                raise BadInput(
                    f"the {locale!r} text of {name} is missing",
                    where="texts",
                    remedy=f"Add texts.{locale}.{name}.",
                )
        for name in program.labels:
            if name not in texts.labels:
                raise BadInput(
                    f"the {locale!r} label of {name!r} is missing",
                    where="texts",
                    remedy=f"Add texts.{locale}.labels.{name}.",
                )
        for each in program.milestones:
            if each.milestone not in texts.condition_text:
                raise BadInput(
                    f"the {locale!r} text of milestone {each.milestone!r} is missing",
                    where="texts",
                    remedy=f"Add texts.{locale}.condition_text.{each.milestone}.",
                )


def check_payable(program: Program) -> None:
    """Raise BadInput if the program pays an amount that Stripe does not take or no limit counts.

    Asked of a file that is to be applied, and not in build_program: one that is in force must stay
    readable.
    """
    for place, milestone in enumerate(program.milestones):
        for position, amount in enumerate(milestone.pays):
            others = beside(amount)
            if others:
                raise BadInput(
                    f"{amount} is no amount that Stripe takes",
                    where=f"milestones[{place}].pays[{position}]",
                    remedy=f"Write {' or '.join(map(str, others))}.",
                )
    paid = {amount.currency for each in program.milestones for amount in each.pays}
    limits = {
        "limits.account_year": program.limits.account_year,
        "limits.budget.amounts": program.limits.budget,
    }
    for where, amounts in limits.items():
        missing = sorted(paid - {amount.currency for amount in amounts})
        if amounts and missing:
            raise BadInput(
                f"the limit does not name {', '.join(missing)}, in which milestones pay",
                where=where,
                remedy=f"Add an amount in {missing[0]}.",
            )


def _milestone(data: Mapping[str, Any], where: str) -> Milestone:
    pays = _amounts(data["pays"], f"{where}.pays")
    if any(amount.minor <= 0 for amount in pays):
        raise BadInput(
            "a milestone must pay an amount above zero",
            where=f"{where}.pays",
            remedy="Write an amount such as 50.00 USD, or remove the milestone.",
        )
    return Milestone(
        milestone=data["milestone"],
        condition_text=data["condition_text"],
        pays=pays,
        qualifies=_criterion(data["qualifies"], f"{where}.qualifies"),
        taken_back_on=tuple(data.get("taken_back_on", EXITS)),
        hold_days=data.get("hold_days", 0),
    )


def _amounts(texts: list[str], where: str) -> tuple[Money, ...]:
    amounts = tuple(parse_money(text, f"{where}[{place}]") for place, text in enumerate(texts))
    currencies = [amount.currency for amount in amounts]
    if len(set(currencies)) != len(currencies):
        raise BadInput(
            "one currency is there twice", where=where, remedy="State one amount per currency."
        )
    return amounts


def _criterion(data: Mapping[str, Any], where: str) -> Criterion:
    """Build one criterion.

    `within_days` may stand beside any of them, `sum_days` beside `minimum_value`.
    """
    kinds = [name for name in data if name not in ("within_days", "sum_days")]
    if len(kinds) != 1:
        raise BadInput(
            f"a criterion is one of a kind, this has {len(kinds)}",
            where=where,
            remedy="Combine several with all, any or not.",
        )
    kind = kinds[0]
    inner = _of_kind(kind, data[kind], f"{where}.{kind}")
    if "sum_days" in data:
        if not isinstance(inner, MinimumValue):
            raise BadInput(
                "sum_days stands beside something else than minimum_value",
                where=f"{where}.sum_days",
                remedy="Move it beside minimum_value, or remove it.",
            )
        inner = MinimumValue(inner.amounts, data["sum_days"])
    return Within(data["within_days"], inner) if "within_days" in data else inner


def _of_kind(kind: str, value: Any, where: str) -> Criterion:
    if kind in ("all", "any"):
        parts = tuple(_criterion(each, f"{where}[{place}]") for place, each in enumerate(value))
        return AllOf(parts) if kind == "all" else AnyOf(parts)
    if kind == "not":
        return Not(_criterion(value, where))
    if kind == "contact":
        return ContactGiven(tuple(value))
    if kind in ("segment", "region", "product"):
        return AttributeIn(kind, tuple(value))
    if kind == "company_size":
        least, most = value.get("at_least", 1), value.get("at_most")
        if most is not None and most < least:
            raise BadInput(
                "at_most is less than at_least", where=where, remedy="Swap at_least and at_most."
            )
        return CompanySize(least, most)
    if kind == "stage":
        return StageReached(value, undone_by=EXITS if value == "won" else ("refunded",))
    if kind == "minimum_value":
        return MinimumValue(_amounts(value, where))
    if kind == "new_customer":
        return NewCustomer()
    raise BadInput(
        f"{kind!r} is no condition", where=where, remedy="See docs/programs.md for those there are."
    )


def _day(value: str, where: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadInput(
            f"{value!r} is not a day", where=where, remedy="Write it like 2027-01-31."
        ) from None


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise BadInput(
            f"{name!r} is not a time zone",
            where="time_zone",
            remedy="Use a name such as America/New_York.",
        ) from None
    return name


def _pause(data: Mapping[str, Any] | None) -> Pause | None:
    if data is None:
        return None
    until = data.get("until")
    return Pause(
        _day(data["from"], "pause.from"),
        None if until is None else _day(until, "pause.until"),
        data["in_flight"],
    )


def _ends(data: Mapping[str, Any] | None) -> Ends | None:
    return None if data is None else Ends(_day(data["on"], "ends.on"), data["in_flight"])


def _limits(data: Mapping[str, Any]) -> Limits:
    budget = data.get("budget") or {}
    return Limits(
        account_year=_amounts(data.get("account_year", []), "limits.account_year"),
        budget=_amounts(budget.get("amounts", []), "limits.budget.amounts"),
        budget_period=budget.get("period", "year"),
    )
