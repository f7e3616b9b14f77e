"""Five thousand clicks a second on one link: no key is written too often.

Each click counts once.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from goodword.domain.links.click import Click
from goodword.steps.links.classify_clicks import Seen, Sources, classify_clicks
from infra.local.template import load_template, resources_of

TEMPLATE = load_template(Path(__file__).resolve().parents[3] / "template.yaml")
STREAM = resources_of(TEMPLATE, "AWS::Serverless::Function")["ClassifyClicks"]["Events"]["Clicks"][
    "Properties"
]
# Of the clicks one in a hundred is on another link, so that a part of a batch may fail.
RATE, OTHERS, SECONDS, SHARDS = 5_000, 50, 6, 10
MOST = 1_000  # writes a second that one key of DynamoDB takes


@dataclass
class Load:
    """The result of the clicks. writes: tries by table, key and second. unanswered.

    Counted, with the answer lost.
    """

    counted: int = 0
    unanswered: int = 0
    failed: int = 0
    writes: Counter = field(default_factory=Counter)

    def busiest(self):
        return max(self.writes.values())


def clicks_by_shard(start, chance, seconds):
    """Spread clicks that come evenly over the shards of the stream, each in its order."""
    shards = defaultdict(list)
    each_second = RATE + OTHERS
    for number in range(each_second * seconds):
        at = start + timedelta(seconds=number / each_second)
        code = "autumn" if number % (each_second // OTHERS) == 0 else "spring"
        click = Click(
            f"click-{number}", code, "peers", at, f"{code}-{chance.randrange(20_000)}", "Browser"
        )
        shards[chance.randrange(SHARDS)].append(Seen(1000 + number, click))
    return shards


def batches(clicks, stream):
    """Cut clicks as Lambda does: at a full batch, or at the end of its window.

    The function is taken to need no time: what came while it ran would make its next batch larger,
    so this is the most batches that there can be. Yields when each is ready, the batch, and some of
    what came before.
    """
    size = int(stream.get("BatchSize", 100))
    window = timedelta(seconds=stream.get("MaximumBatchingWindowInSeconds", 0))
    place = 0
    while place < len(clicks):
        over = clicks[place].click.at + window
        batch = [each for each in clicks[place : place + size] if each.click.at <= over]
        yield (
            batch[-1].click.at if len(batch) == size else over,
            batch,
            clicks[max(0, place - 50) : place],
        )
        place += len(batch)


def handed_over(shards, stream):
    """Yield every batch by its time: when, of which shard, the batch, and some of what came before.

    A shard that is worked on in several lanes at once has its clicks split among them.
    """
    lanes = int(stream.get("ParallelizationFactor", 1))
    ready = [
        (at, shard, batch, before)
        for shard, clicks in shards.items()
        for lane in range(lanes)
        for at, batch, before in batches(clicks[lane::lanes], stream)
    ]
    return sorted(ready, key=lambda each: each[:2])


def judged_under_load(world, monkeypatch, stream, seconds=SECONDS):
    """Judge the clicks of so many seconds as the stream brings them, while some writes fail."""
    chance = random.Random(5)  # noqa: S311 - to be the same in every run
    load, start = Load(), world.clock()
    now = [start]
    counts, visits = world.stores.counts, world.stores.visits
    add, write, note = counts.add_clicks, counts.write_clicks, visits.note

    def written(table, key):
        load.writes[table, key, (now[0] - start) // timedelta(seconds=1)] += 1

    def counting(place, clicks):
        written("counts", place[0])
        return write(place, clicks)

    def failing(*given):
        if chance.random() < 0.1:
            load.failed += 1
            written("counts", given[0])
            raise TimeoutError("not written")
        done = add(*given)
        if chance.random() < 0.1:
            load.failed += 1
            load.unanswered += done
            raise TimeoutError("written, and the answer lost")
        return done

    monkeypatch.setattr(counts, "write_clicks", counting)
    monkeypatch.setattr(counts, "add_clicks", failing)
    monkeypatch.setattr(
        visits, "note", lambda *given: (written("visits", given[0]), note(*given))[1]
    )
    sources = {shard: Sources(visits) for shard in range(SHARDS)}

    def hand(shard, batch):
        """Bring a batch, and what is left of it from the first that failed, until nothing is."""
        while batch:
            judged = classify_clicks(
                batch,
                f"shard-{shard}",
                is_crawler=lambda _: False,
                sources=sources[shard],
                stores=world.stores,
            )
            load.counted += judged.counted
            first = min((number for number, _ in judged.failed), default=None)
            batch = [] if first is None else [each for each in batch if each.number >= first]

    for at, shard, batch, before in handed_over(clicks_by_shard(start, chance, seconds), stream):
        now[0] = at
        hand(shard, batch)
        if chance.random() < 0.3:  # that it went well was lost, so it comes again in halves
            half = len(batch) // 2
            hand(shard, batch[:half])
            hand(shard, batch[half:])
        if chance.random() < 0.3:  # and here from an older place
            hand(shard, before + batch)
    return load


def counted_on(world, code):
    return sum(world.stores.counts.of(f"link#{code}").values())


def test_five_thousand_clicks_a_second_are_counted_exactly(world, monkeypatch, record_property):
    load = judged_under_load(world, monkeypatch, STREAM)

    wrong = [
        counted_on(world, code) - each * SECONDS
        for code, each in (("spring", RATE), ("autumn", OTHERS))
    ]
    record_property("writes a second on a key", load.busiest())
    record_property("clicks lost or doubled", sum(map(abs, wrong)))
    assert wrong == [0, 0]
    assert load.counted + load.unanswered == (RATE + OTHERS) * SECONDS
    assert load.failed > 5
    assert load.unanswered > 0
    assert 0 < load.busiest() <= MOST
    assert {name for name, *_ in load.writes} == {"counts"}, (
        "sources of one link are not written down"
    )


@pytest.mark.parametrize(
    "other",
    [{"BatchSize": 1}, {"MaximumBatchingWindowInSeconds": 0}],
    ids=["batch of one", "no window"],
)
def test_only_batches_and_their_window_limit_writes_per_key(world, monkeypatch, other):
    assert judged_under_load(world, monkeypatch, STREAM | other, seconds=2).busiest() > MOST


def test_parallel_reads_of_a_shard_would_lose_clicks(world, monkeypatch):
    judged_under_load(world, monkeypatch, STREAM | {"ParallelizationFactor": 2})
    assert counted_on(world, "spring") < RATE * SECONDS
