"""The parts of pages: tables, forms, heads and empty lists, as screen readers get them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from textwrap import dedent
from typing import Any, Final

import pytest

from goodword.domain.money import Money
from goodword.domain.programs.brand import Brand
from goodword.messages import console_labels
from goodword.messages.sentence import Sentence, say
from goodword.pages.components import (
    Action,
    Badge,
    Column,
    Empty,
    Field,
    Form,
    Link,
    Pages,
    Tab,
    Table,
)
from goodword.pages.render import environment
from tests.pages.test_landing import PAYLOADS, Page
from tests.tidy.project import ROOT

TODAY = date(2027, 3, 1)
ODD = (*PAYLOADS, "\u202egnp.exe\u202c", "مرحبا بالعالم", "W" * 400)
Line = tuple[str, Money | None, int, date, str]
ROBIN: Line = ("Robin Prospect", Money(5000, "USD"), 1200, date(2027, 3, 12), "ok")
ANA: Line = ("ana example", Money(900, "USD"), 3, date(2027, 1, 2), "late")
LATER: Line = ("Zoe", None, 20, date(2027, 2, 2), "ok")
COLUMNS: tuple[Column[Line], ...] = (
    Column("name", say("Prospect"), lambda row: row[0], sort=True),
    Column("amount", say("Amount"), lambda row: row[1], "amount", sort=True),
    Column("clicks", say("Total"), lambda row: row[2], "number", sort=True),
    Column("day", say("Earned"), lambda row: row[3], "date", sort=True),
    Column("status", say("Status"), lambda row: Badge(row[4], "good"), "status"),
    Column("more", say("Details"), lambda row: Link("/more", row[0]), "link"),
    Column("reason", say("Reason"), lambda row: (say("Saved."), row[4])),
)
NONE = Empty(say("No referrals yet"), say("Please choose one."), Action(say("Save"), "/new"))
TABLE = Table(say("Credits"), COLUMNS, (ROBIN,), NONE, lambda row: f"/staff/{row[2]}")
FORM = Form(
    "/send",
    Action(say("Save")),
    (
        Field("name", say("Your name"), value="Robin", autocomplete="name", help=say("Saved.")),
        Field("phone", say("Your phone"), "tel", inputmode="tel", required=False),
        Field("story", say("Your story"), "area", "Long ago", most=400),
        Field("kind", say("Status"), "pick", "b", (("a", "First"), ("b", "Second"))),
        Field(
            "shown",
            say("What may be shown?"),
            "radios",
            "no",
            (("yes", say("Yes")), ("no", say("No"))),
        ),
        Field("agreed", say("Sign off"), "check", "yes"),
    ),
    {"mark": "m4rk"},
    secondary=Action(say("Decline"), look="quiet", name="decision", value="no"),
)


def drawn(code: str, locale: str = "en", **values: Any) -> str:
    """Render a call of the components, as a page does."""
    source = '{% import "components.html" as ui with context %}' + code
    return environment(locale).from_string(source).render(today=TODAY, locale=locale, **values)


def table(of: Table[Any], locale: str = "en") -> str:
    return drawn("{{ ui.data_table(of) }}", locale, of=of)


def form(of: Form, locale: str = "en") -> str:
    return drawn("{{ ui.form(of) }}", locale, of=of)


def wrong(**errors: str) -> Form:
    """Return the form with errors at these fields."""
    said_of = {name: say(text) for name, text in errors.items()}
    fields = (replace(each, error=said_of.get(each.name)) for each in FORM.fields)
    return replace(FORM, fields=tuple(fields))


def said(html: str) -> str:
    """Return what people read, each part apart from the next."""
    return Page(re.sub(r"(?<=>)(?=[^>]*<)", " ", html)).visible_text()


# --- tables -------------------------------------------------------------------------------------


def test_a_table_has_scopes_a_caption_and_labels_for_cards():
    page = Page(table(TABLE))
    columns = [each for each in page.all("th") if each["scope"] == "col"]
    assert [each["class"] for each in columns] == [
        *("text sorts", "amount sorts", "number sorts", "date sorts", "status", "link", "text"),
    ]
    (row,) = [each for each in page.all("th") if each["scope"] == "row"]
    assert row["role"] == "rowheader"
    labels = [each["data-label"] for each in page.all("td")]
    assert labels == ["Amount", "Total", "Earned", "Status", "Details", "Reason"]
    assert page.visible_text().startswith("Credits Prospect Amount")
    assert [each["role"] for each in page.all("table", "tr", "td")][:2] == ["table", "row"]


def test_cells_are_written_by_kind_in_each_language():
    english, spanish = table(TABLE), table(TABLE, "es")
    for cell in ("50.00\u00a0USD", ">1,200<", "March 12</time>", 'datetime="2027-03-12"'):
        assert cell in english
    for cell in ("50,00\u00a0USD", ">1.200<", "12 de marzo</time>"):
        assert cell in spanish
    assert '<span class="badge good">ok</span>' in english
    assert "Saved.<br>ok" in english
    assert "March 12, 2027</time>" in table(replace(TABLE, full_days=True))


def test_a_row_leads_on_from_its_name():
    assert '<a href="/staff/1200">Robin Prospect</a>' in table(TABLE)
    assert 'href="/staff' not in table(replace(TABLE, href=None))


def test_an_empty_cell_takes_no_room_on_a_phone():
    cells = re.findall(r"<td[^>]*></td>", table(replace(TABLE, rows=(LATER,))))
    assert [re.search('data-label="(.*?)"', each)[1] for each in cells] == ["Amount"]


def test_an_empty_table_says_what_to_do_and_keeps_pagination():
    none = replace(TABLE, rows=(), pages=Pages("/list", next="c2"))
    page = Page(table(none))
    assert said(table(none)) == "No referrals yet Please choose one. Save Older ones"
    assert [each["href"] for each in page.all("a")] == ["/new", "/list?after=c2"]
    assert page.all("table") == []
    assert Page(table(replace(none, empty=None, pages=Pages()))).tags == []


def test_pages_keep_the_address_of_their_list():
    pages = Pages("/list?status=held&after=c2", "here", "c3", True, say("Earlier credits"))
    page = Page(drawn("{{ ui.pager(of) }}", of=pages))
    assert [(each["href"], each.get("rel")) for each in page.all("a")] == [
        ("/list?status=held#here", None),
        ("/list?status=held&after=c3#here", "next"),
    ]
    assert page.visible_text() == "Back to the first page Earlier credits"
    assert Pages("/list", begun=True, anchor="here").first_page == "/list#here"


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("", ["Robin Prospect", "Zoe", "ana example"]),
        ("name", ["ana example", "Robin Prospect", "Zoe"]),
        ("-name", ["Zoe", "Robin Prospect", "ana example"]),
        ("amount", ["ana example", "Robin Prospect", "Zoe"]),
        ("-amount", ["Robin Prospect", "ana example", "Zoe"]),
        ("clicks", ["ana example", "Zoe", "Robin Prospect"]),
        ("-day", ["Robin Prospect", "Zoe", "ana example"]),
        ("status", ["Robin Prospect", "Zoe", "ana example"]),
        ("<script>", ["Robin Prospect", "Zoe", "ana example"]),
    ],
)
def test_rows_are_sorted_as_the_address_asks(sort: str, names: list[str]):
    sorted_ = replace(TABLE, rows=(ROBIN, LATER, ANA), sort=sort)
    assert [row[0] for row in sorted_.ordered()] == names
    assert "<script>" not in table(sorted_)


def test_a_status_is_sorted_by_its_text():
    column = replace(COLUMNS[4], sort=True)
    sorted_ = Table("x", (COLUMNS[0], column), (ROBIN, ANA), sort="status")
    assert [row[0] for row in sorted_.ordered()] == ["ana example", "Robin Prospect"]


@pytest.mark.parametrize(
    ("sort", "said", "next_"),
    [
        ("", None, "amount"),
        ("amount", "ascending", "-amount"),
        ("-amount", "descending", "amount"),
        ("status", None, "amount"),
    ],
)
def test_a_head_says_its_order_and_turns_it(sort: str, said: str | None, next_: str):
    sorted_ = replace(TABLE, sort=sort, pages=Pages("/list?group=a&after=c2"))
    page = Page(table(sorted_))
    heads = [each for each in page.all("th") if each["scope"] == "col"]
    assert [each.get("aria-sort") for each in heads] == [None, said, *[None] * 5]
    assert page.all("a")[1]["href"] == f"/list?group=a&sort={next_}"


def test_a_total_is_below_its_column():
    page = table(replace(TABLE, total={"amount": Money(5900, "USD")}))
    foot = "<tfoot" + page.partition("<tfoot")[2]
    assert said(foot) == "Total 59.00\u00a0USD".replace("\u00a0", " ")
    assert foot.count("<td") == len(COLUMNS) - 1


# --- heads of pages and empty lists -------------------------------------------------------------


def test_a_head_has_its_way_back_actions_and_tabs():
    code = "{{ ui.page_head(title, say_, crumbs, actions, tabs, 'Status') }}"
    html = drawn(
        code,
        title=say("Credits"),
        say_="Bright Dental",
        crumbs=(Link("/staff", say("Work")),),
        actions=(Action(say("Save"), "/new", "quiet"),),
        tabs=(Tab("/a", say("Held"), True, 1200), Tab("/b", say("Posted"))),
    )
    page = Page(html)
    assert page.visible_text() == "Work Credits Save Bright Dental Held 1,200 Posted"
    assert "<h1>Credits</h1>" in html
    assert [each["aria-label"] for each in page.all("nav")] == ["Path", "Status"]
    assert [each.get("aria-current") for each in page.all("a")] == [None, None, "page", None]
    assert drawn("{{ ui.page_head('x') }}").count("<") == 6


# --- forms --------------------------------------------------------------------------------------


def test_every_field_has_its_label_and_what_it_was_given():
    page = Page(form(FORM))
    fields = {each["name"]: each for each in page.fields() if "name" in each}
    assert set(fields) == {"name", "phone", "story", "kind", "shown", "agreed"}
    assert {each["for"] for each in page.all("label") if "for" in each} >= set(fields) - {"shown"}
    assert (fields["name"]["value"], fields["name"]["autocomplete"]) == ("Robin", "name")
    assert fields["name"]["aria-describedby"] == "name-help"
    assert (fields["phone"]["inputmode"], "required" in fields["phone"]) == ("tel", False)
    assert (fields["story"]["maxlength"], "checked" in fields["agreed"]) == ("400", True)
    assert [each["value"] for each in page.all("option") if "selected" in each] == ["b"]
    assert [each["value"] for each in page.fields() if "checked" in each] == ["no", "yes"]
    assert [each["value"] for each in page.all("input") if each["type"] == "hidden"] == ["m4rk"]
    assert page.all("form")[0] == {"method": "post", "action": "/send", "data-once": None}


def test_a_form_without_mistakes_has_no_summary_and_no_focus():
    html = form(FORM)
    for mark in ("alert", "autofocus", "aria-invalid"):
        assert mark not in html


def test_errors_are_summarized_on_top_and_shown_at_their_fields():
    html = form(wrong(name="Please enter your name.", shown="Please choose one.", agreed="Saved."))
    page = Page(html)
    summary = "3 fields need a correction. Your name What may be shown? Sign off"
    assert said(html).startswith(summary)
    assert [each["href"] for each in page.all("a")] == ["#name", "#shown", "#agreed"]
    ids = [each["id"] for _, each in page.tags if "id" in each]
    assert len(ids) == len(set(ids))
    assert {"name", "shown", "agreed"} <= set(ids)
    described = [each["aria-describedby"] for _, each in page.tags if "aria-describedby" in each]
    assert described == ["name-error name-help", "shown-error", "agreed-error"]
    assert [each["name"] for each in page.fields() if "autofocus" in each] == ["name"]


def test_an_error_of_radios_leads_to_the_first():
    page = Page(form(wrong(shown="Please choose one.")))
    (first,) = [each for each in page.fields() if "autofocus" in each]
    assert (first["id"], first["value"]) == ("shown", "yes")


def test_a_form_level_problem_replaces_the_error_count():
    problem = say("Please answer both questions.")
    shown = Page(form(replace(wrong(name="Saved."), problem=problem))).visible_text()
    assert shown.startswith("Please answer both questions. Your name")
    assert "not right yet" not in shown


def test_a_repeated_field_name_has_its_own_id():
    twice = Field("reason", "Why?", own_id="cancel-1", error=say("Saved."), help="x")
    html = form(replace(FORM, fields=(twice,)))
    for part in ('for="cancel-1"', 'id="cancel-1"', 'name="reason"', 'href="#cancel-1"'):
        assert part in html
    assert 'aria-describedby="cancel-1-error cancel-1-help"' in html


def test_a_second_button_sends_what_browsers_would_refuse():
    page = Page(form(FORM))
    assert page.all("button")[0] == {}
    assert page.all("button")[1]["name"] == "decision"
    assert "formnovalidate" in page.all("button")[1]
    cancel = Page(form(replace(FORM, secondary=Action(say("Decline"), "/back", "quiet"))))
    assert cancel.all("a") == [{"class": "button quiet", "href": "/back"}]


def test_a_call_is_between_fields_and_button():
    code = "{% call ui.form(of) %}<p>By pressing</p>{% endcall %}"
    html = drawn(code, of=replace(FORM, title=say("Credits"), intro=say("Saved."), action=""))
    assert said(html).startswith("Credits Saved. Your name")
    assert html.index("By pressing") > html.index('name="agreed"')
    assert html.index("By pressing") < html.index("<button")
    assert "action=" not in html


def test_a_search_is_a_landmark_with_a_named_field():
    fields = (Field("q", "Name", "search"),)
    page = Page(form(Form("/find", Action("Go"), fields, look="search", unchecked=True)))
    assert page.all("form")[0]["role"] == "search"
    assert "novalidate" in page.all("form")[0]
    assert page.fields()[0]["placeholder"] == "Name"


# --- all of them --------------------------------------------------------------------------------


def everything(text: str, locale: str = "en") -> str:
    """Draw every part with one text wherever a text from outside may be."""
    row: Line = (text, Money(1, "USD"), 1, TODAY, text)
    pages = Pages("/x", next=text)
    full = replace(TABLE, caption=text, rows=(row,), total={"reason": text}, pages=pages)
    options = (("a", text), (text, text))
    fields = tuple(
        replace(each, label=text, value=text, help=text, options=options, error=say("Saved."))
        for each in FORM.fields
    )
    whole = replace(FORM, fields=fields, hidden={"mark": text}, title=text)
    whole = replace(whole, intro=text, problem=text)
    head = "{{ ui.page_head(text, text, (link,), (go,), (tab,), text) }}{{ ui.empty_state(empty) }}"
    parts = {"text": text, "link": Link("/", text), "go": Action(text, "/"), "tab": Tab("/", text)}
    empty = Empty(text, text, Action(text, name=text, value=text))
    copied = "{{ ui.copy('a', text, text) }}{{ ui.copy('b', text, text, 6) }}"
    first = drawn(head + copied, locale, empty=empty, **parts)
    return first + table(full, locale) + form(whole, locale)


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("text", ODD)
def test_texts_from_outside_are_text_in_every_part(text: str, locale: str):
    page, plain = Page(everything(text, locale)), Page(everything("plain", locale))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [set(each) for _, each in page.tags] == [set(each) for _, each in plain.tags]
    assert " ".join(text.split()) in page.visible_text()


def test_no_part_has_style_or_script_of_its_own():
    page = Page(everything("plain"))
    assert page.all("style", "script") == []
    names = [name for _, each in page.tags for name in each]
    assert [name for name in names if name.startswith(("on", "style"))] == []


def test_what_parts_say_by_themselves_is_spanish_in_spanish():
    spanish = (
        Page(form(wrong(name="Saved."), "es")).visible_text()
        + Page(table(TABLE, "es")).visible_text()
    )
    spanish += Page(
        drawn("{{ ui.pager(of) }}", "es", of=Pages("/x", next="c", begun=True))
    ).visible_text()
    for english in (
        "optional",
        "field",
        "choose",
        "Older",
        "first page",
        "Your",
        "Amount",
        "Saved",
    ):
        assert english not in spanish


# --- what CONTRIBUTING says ---------------------------------------------------------------------


def test_the_page_that_contributing_shows_works(monkeypatch):
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add a page")[2]
    labels, python, template = (
        dedent(found) for found in re.findall(r"```(?:python|jinja)\n(.*?)```", guide, re.DOTALL)
    )
    texts: dict[str, Any] = {"Final": Final, "say": say}
    exec(labels, texts)  # noqa: S102  # our own example, and it must run
    for name in texts.keys() - {"Final", "say"}:
        monkeypatch.setattr(console_labels, name, texts[name], raising=False)
    made: dict[str, Any] = {}
    exec(python, made)  # noqa: S102  # our own example, and it must run
    goals = [made["Goal"]("Robin", Money(90_00, "USD")), made["Goal"]("Ana", Money(50_00, "USD"))]

    def shown(rows: list[Any], **typed: Sentence) -> Page:
        values = made["goals_page"](rows, "amount", mark="m4rk", **typed)
        frame = {"staff": _Staff(), "mark": "m4rk", "back": "/staff", "brand": Brand("Goodword")}
        page = environment("en").from_string(template)
        context = {"today": TODAY, "locale": "en", "asset": lambda *_: "/a"}
        return Page(page.render(**context, **frame, **values))

    page = shown(goals)
    assert "Ana 50.00 USD Robin 90.00 USD" in page.visible_text().replace("\u00a0", " ")
    assert page.all("th")[1]["aria-sort"] == "ascending"
    assert "No goals yet" in shown([]).visible_text()
    assert (
        "One field needs a correction."
        in shown([], error=say("Please enter a whole number.")).visible_text()
    )


class _Staff:
    email, role = "sam@example.com", "admin"
