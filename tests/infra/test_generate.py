"""What is generated is committed as it is generated."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.access import Access, Pattern, Services, load_access
from infra.generate import __main__ as generate
from infra.generate import page, roles

BARE = "functions:\n  create_link: {}\ntables:\n  links:\n    - "


@pytest.mark.parametrize("name", generate.generate())
def test_a_generated_file_is_not_stale(name: str) -> None:
    committed = (generate.ROOT / name).read_text(encoding="utf-8")
    assert committed == generate.generate()[name], "Run: make generate"


def test_a_stale_file_fails_the_check_until_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    for name in generate.generate():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr("sys.argv", ["generate", "--check"])
    assert generate.main() == 1
    assert f"{generate.ROLES} is stale. Run: make generate" in capsys.readouterr().out

    monkeypatch.setattr("sys.argv", ["generate"])
    assert generate.main() == 0
    monkeypatch.setattr("sys.argv", ["generate", "--check"])
    assert generate.main() == 0
    (tmp_path / generate.ROLES).write_text("edited by hand", encoding="utf-8")
    assert generate.main() == 1


def test_one_more_question_is_one_more_right(monkeypatch: pytest.MonkeyPatch) -> None:
    access = load_access()
    more = Pattern("credits", "all due", ("create_link",), "work", "by_due", ("Query",))
    before = roles.render_roles()
    changed = Access((*access.patterns, more), access.functions)
    monkeypatch.setattr(roles, "load_access", lambda: changed)
    added = set(_counted(roles.render_roles())) - set(_counted(before))
    assert {line for line, _ in added} == {'- !Sub "${TableArn}/${Prefix}-credits/index/by_due"'}


def test_the_page_shows_every_question_and_every_right() -> None:
    flat = " ".join(page.render_page().split())
    by_table, _, by_function = flat.partition("## Function by function")
    for pattern in load_access().patterns:
        shown = f"**{pattern.question[0].upper()}{pattern.question[1:]}**: "
        assert shown in by_table.partition(f"### {pattern.table} ")[2].partition(" ### ")[0]
    mail = by_function.partition("### send_mail ")[2].partition(" ### ")[0]
    assert mail.startswith("- accounts: `GetItem` - credits: `GetItem` - identities: `GetItem`")
    assert "- mails, index `by_due`: `Query`" in mail
    assert mail.endswith("- Sends mail through SES, as the sender")
    assert "### serve_asset - Its own log alone" in by_function
    assert "### classify_clicks - clicks: its stream" in by_function


def _counted(text: str) -> list[tuple[str, int]]:
    lines = [line.strip() for line in text.splitlines()]
    return [(line, lines.count(line)) for line in lines]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("key: code, actions: [GetItem], asked_by: [no_job]", "no such function: no_job"),
        ("key: code, actions: [Scan], asked_by: [create_link]", "no such action: Scan"),
        ("key: code, actions: [GetItem], asked_by: []", "name at least one function"),
        ("key: code, asked_by: [create_link]", "give key and actions"),
        ("stream: true, actions: [Query], asked_by: [create_link]", "or only stream"),
        ("actions: [GetItem], asked_by: [create_link]", "give key and actions"),
        ("key: k, index: by_x, actions: [GetItem], asked_by: [create_link]", "allows Query only"),
    ],
)
def test_an_entry_that_is_wrong_is_refused(tmp_path: Path, entry: str, said: str) -> None:
    path = tmp_path / "access.yaml"
    path.write_text(f"{BARE}{{question: q, {entry}}}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=f"links: q: .*{said}"):
        load_access(path)


def test_rights_are_those_of_all_questions_together() -> None:
    access = Access(
        (
            Pattern("links", "one", ("create_link",), "code", actions=("GetItem",)),
            Pattern(
                "links", "pause", ("create_link", "erase_person"), "code", actions=("PutItem",)
            ),
            Pattern("links", "list", ("create_link",), "referrer", "by_referrer", ("Query",)),
            Pattern("links", "new", ("classify_clicks",), stream=True),
        ),
        {"create_link": Services(), "erase_person": Services(), "classify_clicks": Services()},
    )
    assert access.table_rights("create_link") == {
        "links": {"GetItem", "PutItem"},
        "links/by_referrer": {"Query"},
    }
    assert access.table_rights("erase_person") == {"links": {"PutItem"}}
    assert access.table_rights("classify_clicks") == {"links/stream": set()}
