"""Five thousand clicks a second on one link: no key is written too often, and each click counts once."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

from goodword.domain.click import Click
from goodword.steps.judge_clicks import Seen, Sources, judge_clicks
from infra.local.template import load_template, resources_of

TEMPLATE = load_template(Path(__file__).resolve().parents[2] / "template.yaml")
STREAM = resources_of(TEMPLATE, "AWS::Serverless::Function")["JudgeClicks"]["Events"]["Clicks"]["Properties"]
RATE, SECONDS, SHARDS = 5_000, 6, 10
MOST = 1_000  # writes a second that one key of DynamoDB takes


def batches(clicks, chance):
    """Cut a shard's clicks as Lambda may: whole, by the window, and some of it again and cut otherwise.

    Yields the second at which each comes, and the batch.
    """
    size = int(STREAM["BatchSize"])
    place = 0
    while place < len(clicks):
        batch = clicks[place : place + chance.choice([size, size, 100, 7])]
        at = batch[-1].click.at
        yield at, batch
        if chance.random() < 0.3:  # its answer was lost, or another half failed
            yield at, batch[chance.randrange(len(batch)) :]
        if chance.random() < 0.3:
            yield at, clicks[max(0, place - 50) : place + len(batch)]
        place += len(batch)


def test_five_thousand_clicks_a_second_on_one_link_are_counted_exactly(world, monkeypatch, record_property):
    chance = random.Random(5)  # noqa: S311 - to be the same in every run
    shards = defaultdict(list)
    start = world.clock()
    for number in range(RATE * SECONDS):
        at = start + timedelta(seconds=number / RATE)
        click = Click(f"click-{number}", "spring", "peers", at, f"s{chance.randrange(20_000)}", "Browser")
        shards[chance.randrange(SHARDS)].append(Seen(1000 + number, click))
    now = [start]
    writes = Counter()

    def counting(name, write):
        def noted(*given):
            key = given[:2] if name == "counts" else given[0]
            writes[name, key, int((now[0] - start).total_seconds())] += 1
            return write(*given)

        return noted

    monkeypatch.setattr(world.stores.counts, "add_clicks", counting("counts", world.stores.counts.add_clicks))
    monkeypatch.setattr(world.stores.visits, "note", counting("visits", world.stores.visits.note))
    counted = 0
    for shard, seen in shards.items():
        sources = Sources(world.stores.visits)
        for at, batch in batches(seen, chance):
            now[0] = at
            judged = judge_clicks(
                batch, f"shard-{shard}", is_crawler=lambda _: False, sources=sources, stores=world.stores
            )
            assert judged.failed == ()
            counted += judged.counted

    record_property("writes a second on a key", max(writes.values()))
    total = sum(world.stores.counts.of("link#spring").values())
    record_property("clicks lost or doubled", abs(total - RATE * SECONDS))
    assert total == counted == RATE * SECONDS
    assert 0 < max(writes.values()) <= MOST
    assert {name for name, *_ in writes} == {"counts"}, "sources of one link are not written down"
