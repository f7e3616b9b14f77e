"""Compute the program's costs from the template, counted figures and list prices.

The prices are in infra/prices.yaml.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from goodword.domain.links.visit import KEPT_DAYS
from infra.local.template import load_template, resources_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/costs.md"
MARK = "<!-- make cost -->\n"  # what follows is computed
MONTH_HOURS = 730
GOAL_USD = 1.90
# One DynamoDB read returns this many items, each of at most 4 KB (tests/redirect/test_tables.py).
# The read is eventually consistent, which costs half a unit.
LINKS_AT_ONCE = 100
LINK_READ_UNITS = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a sum.

    usd: for all of it. how: its computation.
    """

    name: str
    how: str
    usd: float


@cache
def load_prices() -> dict[str, Any]:
    """Read infra/prices.yaml."""
    return dict(yaml.safe_load((ROOT / "infra/prices.yaml").read_text(encoding="utf-8")))


@cache
def _templates() -> tuple[dict[str, Any], dict[str, Any]]:
    return load_template(ROOT / "template.yaml"), load_template(
        ROOT / "infra/generated/alarms.yaml"
    )


def price(name: str, count: float = 1.0) -> float:
    """Return the price of an amount; names in million are per piece here.

    Free pieces are subtracted.
    """
    stored = load_prices()["prices"][name]
    usd = float(stored["usd"]) * max(0.0, count - float(stored.get("free", 0)))
    return usd / 1_000_000 if name.endswith("_million") else usd


def assumed(name: str) -> float:
    """Return an assumed value, which cannot be counted."""
    return float(load_prices()["assumed"][name]["value"])


def memory_gb(function: str) -> float:
    """Return a function's memory."""
    template, _ = _templates()
    own = resources_of(template, "AWS::Serverless::Function")[function]
    usual = template["Globals"]["Function"]["MemorySize"]
    return float(own.get("MemorySize", usual)) / 1024


def run_usd(function: str, milliseconds: float, times: float = 1.0) -> float:
    """Return the cost of a function's runs, with its requests."""
    seconds = milliseconds / 1000 * memory_gb(function)
    return times * price("lambda_request_million") + times * seconds * price("lambda_arm_gb_second")


def click_parts(clicks: float, rate: float, links: int, shards: int) -> list[Part]:
    """Return the cost of clicks at this rate a second, spread evenly over this many links."""
    counted: dict[str, float] = load_prices()["counted"]
    batch = judge_batch(rate, shards)
    writes = min(batch, expected_links(batch, links)) / batch
    calls = math.ceil(writes * batch / LINKS_AT_ONCE)
    judge_ms = (
        (assumed("judge_batch_ms") + calls * assumed("links_read_ms")) / batch
        + assumed("judge_click_ms")
        + writes * assumed("count_write_ms")
    )
    reads = writes * LINK_READ_UNITS
    gb_seconds = memory_gb("ClassifyClicks") * judge_ms / 1000
    return [
        Part("HTTP API", "a request", clicks * price("http_api_request_million")),
        Part(
            "record_click",
            f"a request, {assumed('click_ms'):g} ms at {memory_gb('RecordClick') * 1024:.0f} MB",
            run_usd("RecordClick", assumed("click_ms"), clicks),
        ),
        Part(
            "the click",
            f"{counted['click_write_units']} write unit",
            clicks * counted["click_write_units"] * price("write_unit_million"),
        ),
        Part(
            "its log",
            f"{counted['click_log_bytes']} bytes",
            clicks * counted["click_log_bytes"] / 1e9 * price("log_gb"),
        ),
        Part(
            "classify_clicks",
            f"a batch of {batch:.0f}, {judge_ms:.2f} ms a click at "
            f"{memory_gb('ClassifyClicks') * 1024:.0f} MB",
            clicks
            * (
                price("lambda_request_million") / batch + gb_seconds * price("lambda_arm_gb_second")
            ),
        ),
        Part("the links", f"{reads:.3f} read units", clicks * reads * price("read_unit_million")),
        Part(
            "the counts", f"{writes:.3f} write units", clicks * writes * price("write_unit_million")
        ),
    ]


def kept_part(clicks: float) -> Part:
    """Return the cost of storing clicks until they expire, in addition to click_parts."""
    gb_months = clicks * click_kb() / 1e6 * KEPT_DAYS * 24 / MONTH_HOURS
    usd = gb_months * (price("table_gb_month") + price("recovery_gb_month"))
    return Part(f"kept for {KEPT_DAYS} days", f"{click_kb():.2f} KB a click, with recovery", usd)


def click_kb() -> float:
    """Return the size of a usual click in its table."""
    return float(load_prices()["counted"]["click_bytes_kept"]) / 1000


def judge_batch(rate: float, shards: int) -> float:
    """Return the batch size of classify_clicks: the clicks of its window, up to the limit."""
    template, _ = _templates()
    event = resources_of(template, "AWS::Serverless::Function")["ClassifyClicks"]["Events"][
        "Clicks"
    ]["Properties"]
    window = float(event["MaximumBatchingWindowInSeconds"])
    return max(1.0, min(float(event["BatchSize"]), rate / shards * window))


def expected_links(clicks: float, links: int) -> float:
    """Return how many different links a number of clicks covers, with equal probability."""
    return links * (1 - float((1 - 1 / links) ** clicks))


def rest_parts() -> list[Part]:
    """Return the cost of an idle month."""
    template, alarms = _templates()
    count = len(resources_of(alarms, "AWS::CloudWatch::Alarm"))
    watched, counting = metric_series()
    runs = sum(MONTH_HOURS / hours for hours in schedule_hours(template))
    queues = len(queues_asked(template))
    polls = queues * assumed("queue_polls_minute") * 60 * MONTH_HOURS
    return [
        Part("alarms", f"{count}, of which 10 are free", price("alarm_month", count)),
        Part(
            "metrics of our own",
            f"{watched} series, of which {counting} have data while nothing fails; 10 are free",
            price("metric_month", counting),
        ),
        Part(
            "sweeps",
            f"{runs:,.0f} runs of {assumed('sweep_ms'):g} ms, a query and a line of log each",
            run_usd("SweepCredits", assumed("sweep_ms"), runs)
            + runs * price("read_unit_million")
            + runs * 2 * assumed("log_line_kb") / 1e6 * price("log_gb"),
        ),
        Part(
            "queues",
            f"{queues} of them, asked {polls:,.0f} times by Lambda; a million is free",
            price("queue_request_million", polls),
        ),
        Part("schedules", f"{runs:,.0f} of 14 million free ones", price("schedule_million", runs)),
    ]


def metric_series() -> tuple[int, int]:
    """Return how many custom metric series the alarms watch, and how many each run writes."""
    template, alarms = _templates()
    series = {
        (each["MetricName"], *(own["Value"] for own in each.get("Dimensions", ())))
        for each in resources_of(alarms, "AWS::CloudWatch::Alarm").values()
        if isinstance(each.get("Namespace"), dict)
    }
    functions = resources_of(template, "AWS::Serverless::Function")
    scheduled = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        for name, own in functions.items()
        if any(event["Type"] == "ScheduleV2" for event in own.get("Events", {}).values())
    }
    # Failure metrics are written only after a failure.
    result = [owner for metric, *owners in series if metric != "Failed" for owner in owners]
    return len(series), sum(owner in scheduled for owner in result)


def queues_asked(template: dict[str, Any]) -> list[str]:
    """Return the functions whose queue Lambda polls all day."""
    functions = resources_of(template, "AWS::Serverless::Function")
    return [
        name
        for name, own in functions.items()
        for event in own.get("Events", {}).values()
        if event["Type"] == "SQS"
    ]


def schedule_hours(template: dict[str, Any]) -> list[float]:
    """Return the interval of each scheduled function in hours."""
    units = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
    found = []
    for own in resources_of(template, "AWS::Serverless::Function").values():
        for event in own.get("Events", {}).values():
            if event["Type"] == "ScheduleV2":
                result = re.match(
                    r"rate\((\d+) (minute|hour|day)s?\)", event["Properties"]["ScheduleExpression"]
                )
                found.append(24.0 if result is None else int(result[1]) * units[result[2]])
    return found


def month_parts() -> list[Part]:
    """Return the cost of a month with the referrers, clicks and referrals of infra/prices.yaml."""
    prices = load_prices()
    month, trace = prices["month"], prices["referral"]
    rate = month["clicks"] / (MONTH_HOURS * 3600)
    clicks = sum(part.usd for part in click_parts(month["clicks"], rate, month["referrers"], 4))
    line = assumed("log_line_kb") / 1e6 * price("log_gb")
    request = run_usd("CaptureSignup", assumed("request_ms")) + line
    signup = (
        price("http_api_request_million")
        + 2 * request
        + trace["signup"]["writes"] * price("write_unit_million")
        + trace["signup"]["reads"] * price("read_unit_million")
    )
    deliveries, posted = (
        sum(_hop_usd(trace["hops"][hop]) + request for hop in hops)
        for hops in (("receive_webhook", "apply_event"), ("post_credit",))
    )
    deliveries += price("http_api_request_million")
    publishing = run_usd("PublishEvents", assumed("request_ms"))
    events = month["referrals"] * prices["counted"]["referral_events"]
    stored = (month["clicks"] * click_kb() + month["referrals"] * 30) / 1e6
    return [
        *rest_parts(),
        Part("clicks", f"{month['clicks']:,}", clicks),
        Part("signups", f"{month['referrals']:,}, each judged", month["referrals"] * signup),
        Part(
            "webhooks",
            f"{month['deliveries']:,}, each counted as one that earns",
            month["deliveries"] * deliveries,
        ),
        Part("postings", f"{month['credits']:,}", month["credits"] * posted),
        Part(
            "events",
            f"{events:,}, each counted as a run of its own to publish it",
            events * (price("event_million") + publishing + line),
        ),
        Part(
            "mails",
            f"{month['mails']:,}, each stored, sent and recorded",
            month["mails"]
            * (
                price("mail")
                + 2 * request
                + trace["mail"]["writes"] * price("write_unit_million")
                + trace["mail"]["reads"] * price("read_unit_million")
            ),
        ),
        Part(
            "storage of a month, with recovery",
            f"{stored:.2f} GB",
            stored * (price("table_gb_month") + price("recovery_gb_month")),
        ),
    ]


def _hop_usd(hop: dict[str, Any]) -> float:
    return float(
        hop["writes"] * price("write_unit_million") + hop["reads"] * price("read_unit_million")
    )


def total(parts: list[Part]) -> float:
    """Return the sum."""
    return sum(part.usd for part in parts)


def report() -> str:
    """Return all tables, as docs/costs.md has them."""
    prices = load_prices()
    mixes = {
        name: click_parts(1e6, mix["rate"], mix["links"], mix["shards"])
        for name, mix in prices["mixes"].items()
    }
    result = {name: {part.name: part.how for part in parts} for name, parts in mixes.items()}
    first, month = next(iter(mixes)), prices["month"]
    blocks = [
        f"Prices of {prices['taken']}, us-east-1, USD.",
        f"### A million clicks: {first}",
        _table(mixes[first]),
        "On top of that comes keeping them, which no goal counts:",
        _table([kept_part(1e6)]),
        "### A million clicks, as they may come",
        _rows(
            ["clicks", "clicks a batch", "writes a click to count", "USD"],
            [
                [
                    name,
                    result[name]["classify_clicks"].split(",")[0].removeprefix("a batch of "),
                    result[name]["the counts"].split(" ")[0],
                    f"{total(parts):.2f}",
                ]
                for name, parts in mixes.items()
            ],
        ),
        "### A month at rest",
        _table(rest_parts()),
        f"### A month with {month['referrers']:,} referrers and {month['clicks']:,} clicks",
        _table(month_parts()),
    ]
    return "\n\n".join(blocks) + "\n"


def _table(parts: list[Part]) -> str:
    rows = [[part.name, part.how, f"{part.usd:.3f}"] for part in parts]
    return _rows(
        ["part", "how it is counted", "USD"],
        [*rows, ["**together**", "", f"**{total(parts):.2f}**"]],
    )


def _rows(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * (len(head) - 1) + ["---:"], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page() -> str:
    """Return docs/costs.md with the tables as they are computed now."""
    return PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK + report()


def main() -> int:
    """Print the program's costs, and write them into docs/costs.md."""
    print(report(), end="")
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
