"""What the program costs is computed, and the page says what is computed."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import cost

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_what_make_cost_says() -> None:
    assert cost.PAGE.read_text(encoding="utf-8") == cost.page(), "run `make cost`"


def test_the_readme_states_the_computed_costs_of_a_month() -> None:
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    for parts in (cost.rest_parts(), cost.month_parts()):
        assert f"{cost.total(parts):.2f} USD" in readme


def test_a_million_campaign_clicks_cost_less_than_the_goal() -> None:
    mixes = list(cost.load_prices()["mixes"].values())
    for mix in mixes[:2]:
        parts = cost.click_parts(1e6, mix["rate"], mix["links"], mix["shards"])
        assert cost.total(parts) <= cost.GOAL_USD


def test_sparse_clicks_cost_at_most_one_more_write_each() -> None:
    busy, thin = (cost.total(cost.click_parts(1e6, rate, 10**6, 4)) for rate in (5000, 0.1))
    assert (
        busy
        < thin
        <= cost.GOAL_USD
        + 1_000_000 * (cost.price("write_unit_million") + cost.run_usd("ClassifyClicks", 80))
    )


def test_every_price_has_a_source_and_every_guess_a_reason() -> None:
    prices = cost.load_prices()
    assert [name for name, stored in prices["prices"].items() if not stored.get("source")] == []
    assert [name for name, stored in prices["assumed"].items() if not stored.get("why")] == []


def test_what_tests_count_is_compared_there_and_costs_something_here() -> None:
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    used = (ROOT / "infra/cost.py").read_text(encoding="utf-8")
    for name in cost.load_prices()["counted"]:
        assert [text for text in tests if f'load_prices()["counted"]["{name}"]' in text], name
        assert f'["{name}"]' in used


def test_what_is_free_is_taken_off() -> None:
    assert cost.price("alarm_month", 10) == 0
    assert cost.price("alarm_month", 12) == pytest.approx(0.20)
    assert cost.price("write_unit_million", 1_000_000) == pytest.approx(0.625)


def test_schedules_are_read_from_the_template() -> None:
    template, _ = cost._templates()
    hours = sorted(cost.schedule_hours(template))
    assert (hours[0], hours[-1]) == (pytest.approx(1 / 12), 24.0), "sweep_credits and audit_ledger"


def test_keeping_clicks_is_reported_beside_their_price() -> None:
    assert cost.kept_part(1e6).usd == pytest.approx(0.439 * 180 * 24 / 730 * (0.25 + 0.20))
    assert cost.kept_part(2e6).usd == pytest.approx(2 * cost.kept_part(1e6).usd)
