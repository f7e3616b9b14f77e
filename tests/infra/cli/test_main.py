"""The command as a whole: help, exit codes, what goes to which stream."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import typer

import infra.cli
from infra.cli import main
from tests.infra.cli.service import Command, Service, answer

NOUNS = (
    "init",
    "secrets",
    "programs",
    "connections",
    "referrers",
    "links",
    "referrals",
    "statement",
    "credits",
    "keys",
    "crm",
)


def commands(group: object, *path: str) -> Iterator[tuple[str, ...]]:
    """Name every command below a group."""
    stored = getattr(group, "commands", None)
    if stored is None:
        yield path
        return
    for name, each in stored.items():
        yield from commands(each, *path, name)


EVERY = tuple(commands(typer.main.get_command(main.app)))


def test_help_names_every_noun(goodword: Command) -> None:
    result = goodword("--help")
    assert result.exit_code == 0
    assert all(f"  {noun} " in result.stdout for noun in NOUNS)


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_has_a_help_of_its_own(goodword: Command, path: tuple[str, ...]) -> None:
    result = goodword(*path, "--help")
    assert result.exit_code == 0
    text = result.stdout.split("\n\n")[1].strip()
    assert text[0].isupper()
    assert "." in text


@pytest.mark.parametrize(
    "parts",
    [
        ["bogus"],
        ["credits", "bogus"],
        ["credits", "list", "--bogus"],
        ["referrers", "show"],
        ["credits", "list", "--status", "bogus"],
    ],
)
def test_what_is_not_known_ends_in_two(goodword: Command, parts: list[str]) -> None:
    result = goodword(*parts)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_ctrl_c_ends_in_130(goodword: Command) -> None:
    def interrupted(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    goodword.transport = httpx.MockTransport(interrupted)
    result = goodword("credits", "list")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "Stopped.\n")


def test_nothing_is_coloured_away_from_a_terminal(
    goodword: Command, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    service.respond(answer(credits=[], next=None), answer(404, message="Not Found"))
    assert "\x1b" not in goodword("credits", "list").output
    assert "\x1b" not in goodword("referrers", "show", "amy").output


def test_json_may_be_asked_for_before_the_noun(goodword: Command, service: Service) -> None:
    service.respond(answer(credits=[], next=None))
    assert (
        goodword("--json", "credits", "list").stdout == '{\n  "credits": [],\n  "next": null\n}\n'
    )


def test_what_strangers_wrote_cannot_steer_the_terminal(
    goodword: Command, service: Service
) -> None:
    outcome = {"referrer": "amy", "name": "Amy\x1b[2J\x9b31m [bold]\u202eevil", "created_at": ""}
    service.respond(answer(**outcome))
    shown = goodword("referrers", "show", "amy").stdout
    assert not set("\x1b\x9b\u202e") & set(shown)
    assert "[bold]" in shown
    assert goodword("referrers", "show", "amy", "--json").stdout.isascii()


def test_no_csv_is_written_so_that_no_formula_can_be() -> None:
    sources = [
        path.read_text(encoding="utf-8") for path in Path(infra.cli.__path__[0]).glob("*.py")
    ]
    assert len(sources) > 10
    assert not any("csv.writer" in source or "DictWriter" in source for source in sources)


def test_the_script_is_called_goodword(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["anything", "--help"])
    with pytest.raises(SystemExit) as left:
        main.main()
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("Usage: goodword ")
