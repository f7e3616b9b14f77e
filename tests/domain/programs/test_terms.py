"""Building a program from its document."""

from datetime import UTC, date, datetime

import pytest

from goodword.domain.errors import BadInput
from goodword.domain.money import Money
from goodword.domain.programs.brand import contrast
from goodword.domain.programs.criterion import (
    AllOf,
    AnyOf,
    AttributeIn,
    CompanySize,
    ContactGiven,
    MinimumValue,
    NewCustomer,
    Not,
    StageReached,
    Within,
)
from goodword.domain.programs.program import Ends, Limits, Pause
from goodword.domain.programs.terms import build_program, check_payable


def qualifies(document, criterion):
    milestone = dict(document["milestones"][0]) | {"qualifies": criterion}
    return build_program(document | {"milestones": [milestone]}).milestones[0].qualifies


def refused(document, **changes):
    with pytest.raises(BadInput) as result:
        build_program(document | changes)
    assert result.value.remedy
    return result.value


def milestone(document, **changes):
    return {"milestones": [dict(document["milestones"][0]) | changes]}


def test_what_a_document_leaves_out_takes_its_default(document):
    made = build_program(document)
    assert (made.version, made.posting, made.on_applied_credit, made.region) == (
        0,
        "automatic",
        "review",
        "US",
    )
    assert (made.attribution_days, made.closes_after_days, made.review_days) == (90, 365, 14)
    assert (made.pause, made.ends, made.limits) == (None, None, Limits())
    assert made.milestones[0].taken_back_on == ("lost", "refunded")
    assert made.milestones[0].hold_days == 0
    assert made.document == document


def test_what_a_document_says_is_taken(document):
    made = build_program(
        document
        | {
            "posting": "approve",
            "on_applied_credit": "reverse",
            "attribution_days": 7,
            "closes_after_days": 8,
            "review_days": 9,
            "region": "DE",
            "targets": ["WWW.Example.com"],
            "pause": {"from": "2027-02-01", "in_flight": "wait"},
            "ends": {"on": "2028-01-01", "in_flight": "close"},
            "limits": {
                "account_year": ["5.00 USD"],
                "budget": {"amounts": ["9.00 USD"], "period": "month"},
            },
        }
        | milestone(document, taken_back_on=[], hold_days=3)
    )
    assert (made.posting, made.on_applied_credit, made.region) == ("approve", "reverse", "DE")
    assert (made.attribution_days, made.closes_after_days, made.review_days) == (7, 8, 9)
    assert made.targets == ("www.example.com",)
    assert made.pause == Pause(date(2027, 2, 1), None, "wait")
    assert made.ends == Ends(date(2028, 1, 1), "close")
    assert made.limits == Limits((Money(500, "USD"),), (Money(900, "USD"),), "month")
    assert (made.milestones[0].taken_back_on, made.milestones[0].hold_days) == ((), 3)


def test_a_pause_may_have_an_end(document):
    pause = {"from": "2027-02-01", "until": "2027-02-03", "in_flight": "continue"}
    assert build_program(document | {"pause": pause}).pause.until == date(2027, 2, 3)


@pytest.mark.parametrize(
    ("said", "criterion"),
    [
        ({"contact": ["name", "phone"]}, ContactGiven(("name", "phone"))),
        ({"segment": ["a", "b"]}, AttributeIn("segment", ("a", "b"))),
        ({"region": ["US"]}, AttributeIn("region", ("US",))),
        ({"product": ["x"]}, AttributeIn("product", ("x",))),
        ({"company_size": {"at_most": 20}}, CompanySize(1, 20)),
        ({"company_size": {"at_least": 5}}, CompanySize(5, None)),
        ({"company_size": {"at_least": 5, "at_most": 5}}, CompanySize(5, 5)),
        ({"stage": "demo_attended"}, StageReached("demo_attended", ("refunded",))),
        ({"stage": "won"}, StageReached("won", ("lost", "refunded"))),
        (
            {"minimum_value": ["5.00 USD", "4.00 EUR"]},
            MinimumValue((Money(500, "USD"), Money(400, "EUR"))),
        ),
        ({"new_customer": True}, NewCustomer()),
        ({"not": {"new_customer": True}}, Not(NewCustomer())),
        ({"all": [{"new_customer": True}]}, AllOf((NewCustomer(),))),
        (
            {"any": [{"new_customer": True}, {"segment": ["a"]}]},
            AnyOf((NewCustomer(), AttributeIn("segment", ("a",)))),
        ),
        ({"new_customer": True, "within_days": 5}, Within(5, NewCustomer())),
        ({"within_days": 5, "all": [{"new_customer": True}]}, Within(5, AllOf((NewCustomer(),)))),
    ],
)
def test_every_kind_of_criterion_is_built(document, said, criterion):
    assert qualifies(document, said) == criterion


@pytest.mark.parametrize(
    ("criterion", "where"),
    [
        ({"new_customer": True, "stage": "won"}, "qualifies"),
        ({"within_days": 5}, "qualifies"),
        ({"all": [{"new_customer": True}, {"within_days": 5}]}, "qualifies.all[1]"),
        ({"not": {"within_days": 5}}, "qualifies.not"),
        ({"company_size": {"at_least": 5, "at_most": 4}}, "qualifies.company_size"),
        ({"minimum_value": ["5.00 USD", "6.00 USD"]}, "qualifies.minimum_value"),
        ({"any": [{"minimum_value": ["5.001 USD"]}]}, "qualifies.any[0].minimum_value[0]"),
    ],
)
def test_an_invalid_criterion_is_refused_with_its_path(document, criterion, where):
    assert (
        refused(document, **milestone(document, qualifies=criterion)).where
        == f"milestones[0].{where}"
    )


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"pays": ["0.00 USD"]}, "milestones[0].pays"),
        ({"pays": ["5.00 USD", "6.00 USD"]}, "milestones[0].pays"),
        ({"pays": ["5.00 USD", "6.00 XXX"]}, "milestones[0].pays[1]"),
        ({"pays": ["5.001 USD"]}, "milestones[0].pays[0]"),
    ],
)
def test_an_invalid_amount_is_refused_with_its_path(document, changes, where):
    assert refused(document, **milestone(document, **changes)).where.endswith(where)


def test_a_program_whose_amounts_stripe_takes_may_be_applied(document):
    check_payable(
        build_program(document | milestone(document, pays=["50.00 USD", "5.010 KWD", "10 ISK"]))
    )


def test_an_amount_stripe_refuses_is_refused_with_its_correction(document):
    made = build_program(document | milestone(document, pays=["50.00 USD", "5.001 KWD"]))
    with pytest.raises(BadInput) as result:
        check_payable(made)
    assert (result.value.where, result.value.what, result.value.remedy) == (
        "milestones[0].pays[1]",
        "5.001 KWD is no amount that Stripe takes",
        "Write 5.000 KWD or 5.010 KWD.",
    )


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"starts": "2027-02-30"}, "starts"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "x" * 5000}, "time_zone"),
        ({"pause": {"from": "2027-02-30", "in_flight": "wait"}}, "pause.from"),
        (
            {"pause": {"from": "2027-02-01", "until": "2027-02-30", "in_flight": "wait"}},
            "pause.until",
        ),
        (
            {"pause": {"from": "2027-02-03", "until": "2027-02-01", "in_flight": "wait"}},
            "pause.until",
        ),
        ({"ends": {"on": "2027-13-01", "in_flight": "close"}}, "ends.on"),
        ({"ends": {"on": "2026-01-01", "in_flight": "close"}}, "ends.on"),
        ({"default_target": "https://evil.example/"}, "default_target"),
        ({"default_target": "nonsense"}, "default_target"),
        ({"default_target": "https://[::1/"}, "default_target"),
        ({"limits": {"account_year": ["1.00 USD", "2.00 USD"]}}, "limits.account_year"),
        (
            {"limits": {"budget": {"amounts": ["1.001 USD"], "period": "year"}}},
            "limits.budget.amounts[0]",
        ),
    ],
)
def test_an_invalid_term_is_refused_with_its_path(document, changes, where):
    assert refused(document, **changes).where == where


def test_two_milestones_need_two_names(document):
    (one,) = document["milestones"]
    assert refused(document, milestones=[one, one]).where == "milestones[1].milestone"


# --- pages and mails ------------------------------------------------------------------------------


def test_a_program_without_a_brand_gets_a_readable_one(document):
    made = build_program(document)
    assert (made.brand.name, made.brand.logo, made.locales, made.stories) == (
        made.name,
        "",
        ("en",),
        False,
    )
    assert contrast(made.brand.color, "#ffffff") >= 4.5


@pytest.mark.parametrize(
    ("brand", "where"),
    [
        ({"color": "blue"}, "brand.color"),
        ({"color": "#ffee00"}, "brand.color"),
        ({"logo": "https://cdn.example.com/logo.png"}, "brand.logo"),
        ({"logo": "data:text/html;base64,PHA+"}, "brand.logo"),
        ({"logo": "data:image/png;base64," + "A" * 20_000}, "brand.logo"),
    ],
)
def test_a_brand_that_pages_cannot_carry_is_refused(document, brand, where):
    assert refused(document, brand=brand).where == where


@pytest.mark.parametrize(
    ("criterion", "fields"),
    [
        ({"stage": "demo_attended"}, ("name", "email")),
        ({"contact": ["phone"]}, ("name", "email", "phone")),
        (
            {"all": [{"contact": ["company"]}, {"not": {"contact": ["phone"]}}]},
            ("name", "email", "phone", "company"),
        ),
        ({"contact": ["phone"], "within_days": 9}, ("name", "email", "phone")),
    ],
)
def test_the_form_asks_for_what_the_milestones_need(document, criterion, fields):
    made = build_program(
        document | {"milestones": [document["milestones"][0] | {"qualifies": criterion}]}
    )
    assert made.fields() == fields


def test_the_form_has_name_email_and_the_files_fields(document):
    asked = ["name", "email", "segment"]
    assert build_program(document | {"form_fields": asked}).fields() == tuple(asked)
    assert refused(document, form_fields=["email", "phone"]).where == "form_fields"


# --- the page that links lead to ------------------------------------------------------------------


def without_page(document, **changes):
    return {name: value for name, value in document.items() if "target" not in name} | changes


def test_a_program_without_a_page_names_its_company(document):
    assert build_program(document).has_page
    made = build_program(without_page(document, brand={"name": "Example Software"}))
    assert (made.has_page, made.targets, made.brand.name) == (False, (), "Example Software")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({}, ""),
        ({"brand": {"color": "#123456"}}, "brand.name"),
        ({"brand": {"name": "Example"}, "targets": ["www.example.com"]}, "default_target"),
        (
            {"brand": {"name": "Example"}, "default_target": "https://www.example.com/"},
            "default_target",
        ),
    ],
)
def test_half_a_page_is_none(document, changes, where):
    with pytest.raises(BadInput) as result:
        build_program(without_page(document, **changes))
    assert result.value.where == where


def test_the_form_offers_the_milestones_values_by_label(document):
    segments = {
        "any": [{"segment": ["private_practice", "clinic"]}, {"not": {"segment": ["clinic"]}}]
    }
    within = {"product": ["care"], "within_days": 30}
    demo = document["milestones"][0]
    milestones = [demo | {"qualifies": segments}, demo | {"milestone": "two", "qualifies": within}]
    made = build_program(document | {"milestones": milestones, "labels": {"clinic": "A clinic"}})
    said = [(value, str(label)) for value, label in made.choices("segment")]
    assert said == [("private_practice", "Private practice"), ("clinic", "A clinic")]
    assert [value for value, _ in made.choices("product")] == ["care"]
    assert made.choices("region") == ()


def test_the_form_offers_no_choice_where_no_milestone_lists_one(document):
    assert build_program(document).choices("segment") == ()


SPANISH = {
    "prospect_gets": "El primer mes gratis.",
    "condition_text": {"demo": "asistan a una demostración"},
}


def test_a_program_in_two_languages_terms_the_offer_in_both(document):
    made = build_program(document | {"locales": ["en", "es"], "texts": {"es": SPANISH}})
    assert made.localized("prospect_gets").in_locale("es") == "El primer mes gratis."
    assert str(made.localized("prospect_gets")) == "The first month free."
    assert made.condition_for(made.milestones[0]).in_locale("es") == "asistan a una demostración"
    assert made.localized("name").in_locale("es") == "Introduce a peer"


def test_what_the_form_offers_is_written_in_every_language(document):
    practice = document["milestones"][0] | {"qualifies": {"segment": ["practice"]}}
    texts = {"es": SPANISH | {"labels": {"practice": "Consulta"}}}
    changes = {
        "locales": ["en", "es"],
        "labels": {"practice": "A practice"},
        "milestones": [practice],
    }
    ((value, label),) = build_program(document | changes | {"texts": texts}).choices("segment")
    assert (value, str(label), label.in_locale("es")) == ("practice", "A practice", "Consulta")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"locales": ["en", "es"]}, "texts"),
        ({"locales": ["en", "es"], "texts": {"es": SPANISH | {"condition_text": {}}}}, "texts"),
        ({"locales": ["en", "es"], "texts": {"es": SPANISH}, "pitch": "It helps."}, "texts"),
        (
            {"locales": ["en", "es"], "texts": {"es": SPANISH}, "labels": {"clinic": "A clinic"}},
            "texts",
        ),
        ({"texts": {"es": SPANISH}}, "texts.es"),
    ],
)
def test_a_page_never_mixes_two_languages(document, changes, where):
    assert refused(document, **changes).where == where


@pytest.mark.parametrize(
    ("at", "invoice"),
    [
        (datetime(2027, 3, 1, 4, tzinfo=UTC), date(2027, 3, 1)),
        (datetime(2027, 3, 1, 6, tzinfo=UTC), date(2027, 4, 1)),
        (datetime(2027, 12, 9, tzinfo=UTC), date(2028, 1, 1)),
    ],
)
def test_the_next_invoice_follows_the_files_day(document, at, invoice):
    assert build_program(document | {"invoice_day": 1}).invoice_after(at) == invoice
    assert build_program(document).invoice_after(at) is None


@pytest.mark.parametrize(
    ("at", "invoice"),
    [
        (datetime(2027, 3, 19, 12, tzinfo=UTC), date(2027, 3, 20)),
        (datetime(2027, 3, 20, 12, tzinfo=UTC), date(2027, 4, 20)),
    ],
)
def test_before_its_day_the_next_invoice_is_this_months(document, at, invoice):
    assert build_program(document | {"invoice_day": 20}).invoice_after(at) == invoice


def test_only_the_named_segments_need_a_sign_off(document):
    made = build_program(document | {"sign_off": ["enterprise"]})
    assert [made.needs_sign_off(each) for each in ("enterprise", "practice", "")] == [
        True,
        False,
        False,
    ]


def test_an_unknown_condition_is_refused_and_named(document):
    with pytest.raises(BadInput, match="'horoscope' is no condition") as result:
        qualifies(document, {"horoscope": "good"})
    assert result.value.where == "milestones[0].qualifies.horoscope"


def test_a_minimum_may_be_a_sum_of_deals(document):
    milestone = document["milestones"][0] | {
        "qualifies": {"minimum_value": ["5.00 USD"], "sum_days": 90}
    }
    made = build_program(document | {"milestones": [milestone]})
    assert made.milestones[0].qualifies == MinimumValue((Money(500, "USD"),), 90)


def test_a_sum_of_other_criteria_is_refused(document):
    wrong = document["milestones"][0] | {"qualifies": {"stage": "won", "sum_days": 90}}
    with pytest.raises(BadInput) as refused:
        build_program(document | {"milestones": [wrong]})
    assert refused.value.where.endswith("sum_days")


@pytest.mark.parametrize(
    ("limits", "where"),
    [
        ({"account_year": ["400.00 USD"]}, "limits.account_year"),
        ({"budget": {"amounts": ["400.00 USD"]}}, "limits.budget.amounts"),
    ],
)
def test_limits_that_leave_out_a_currency_of_pays_are_refused(document, limits, where):
    milestone = document["milestones"][0] | {"pays": ["200.00 USD", "180.00 EUR"]}
    program = build_program(document | {"milestones": [milestone], "limits": limits})
    with pytest.raises(BadInput, match="EUR") as refused:
        check_payable(program)
    assert refused.value.where == where
