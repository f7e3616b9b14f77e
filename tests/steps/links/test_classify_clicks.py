"""People and machines are distinguished after the redirect, and each click counts once."""

from datetime import timedelta

import pytest

from goodword.domain.links.click import Click
from goodword.steps.links.classify_clicks import Seen, Sources, classify_clicks
from goodword.steps.links.create_link import change_link


def click(world, name="click-1", **more):
    given = {
        "code": "ana-link",
        "program": "peers",
        "at": world.clock(),
        "source": "s1",
        "agent": "Browser",
    }
    return Click(name, **(given | more))


def judge(world, *clicks, first=1, shard="shard", sources=None):
    return classify_clicks(
        [Seen(first + place, each) for place, each in enumerate(clicks)],
        shard,
        is_crawler=lambda agent: agent == "Robot",
        sources=sources or Sources(world.stores.visits),
        stores=world.stores,
    )


def counts(world, code="ana-link"):
    return world.stores.counts.of(f"link#{code}")


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "person"),
        ({"agent": "Robot"}, "machine"),
        ({"network": "a cloud"}, "machine"),
        ({"hints": ("no-accept",)}, "uncertain"),
        ({"hints": ("prefetch",)}, "machine"),
    ],
)
def test_a_click_is_judged_and_counted(world, more, kind):
    assert judge(world, click(world, **more)).counted == 1
    assert counts(world) == {f"2027-03-01#{kind}": 1}


def test_a_click_within_a_second_of_mail_is_a_scanner(world):
    soon, later = (click(world, at=world.clock() + timedelta(seconds=after)) for after in (1, 2))
    change_link("ana-link", paused=None, mailed_at=world.clock(), stores=world.stores)
    judge(world, soon, later)
    assert counts(world) == {"2027-03-01#machine": 1, "2027-03-01#person": 1}


def test_the_links_of_a_batch_are_read_at_once(world, monkeypatch):
    asked = []
    several = world.stores.links.get_many
    monkeypatch.setattr(
        world.stores.links, "get_many", lambda codes: (asked.append(codes), several(codes))[1]
    )
    judge(
        world, *(click(world, source=f"s{place}", code=f"code-{place % 2}") for place in range(4))
    )
    assert asked == [{"code-0", "code-1"}]


def test_a_batch_that_comes_again_is_not_counted_again(world):
    batch = [click(world, f"click-{place}") for place in range(3)]
    assert [judge(world, *batch).counted for _ in range(2)] == [3, 0]
    assert judge(world, *batch, click(world, "click-4")).counted == 1
    assert counts(world) == {"2027-03-01#person": 4}


def test_a_batch_writes_once_for_each_link_and_day(world, monkeypatch):
    writes = []
    add = world.stores.counts.add_clicks
    monkeypatch.setattr(
        world.stores.counts, "add_clicks", lambda *given: (writes.append(given[:2]), add(*given))[1]
    )
    yesterday = world.clock() - timedelta(days=1)
    batch = [click(world, source=f"s{place}", code=f"code-{place % 2}") for place in range(100)]
    judge(world, *batch, click(world, code="code-0", at=yesterday))
    assert sorted(writes) == [
        ("code-0", "2027-02-28"),
        ("code-0", "2027-03-01"),
        ("code-1", "2027-03-01"),
    ]


def test_an_uncountable_link_is_named_and_blocks_no_other(world, monkeypatch):
    add = world.stores.counts.add_clicks

    def fail(code, *given):
        if code == "bad":
            raise TimeoutError
        return add(code, *given)

    monkeypatch.setattr(world.stores.counts, "add_clicks", fail)
    codes = ["good", "bad", "good", "bad"]
    judged = judge(world, *(click(world, source=code, code=code) for code in codes), first=10)
    assert judged.counted == 2
    ((number, error),) = judged.failed
    assert (number, type(error)) == (11, TimeoutError)
    assert judged.first_failed == 11
    monkeypatch.undo()
    again = [click(world, source=code, code=code) for code in codes[1:]]
    repeated = judge(world, *again, first=11)
    assert (repeated.counted, repeated.first_failed) == (2, None)
    assert counts(world, "good") == counts(world, "bad") == {"2027-03-01#person": 2}


def test_an_empty_batch_is_nothing(world):
    assert judge(world).counted == 0


# --- sources --------------------------------------------------------------------------------------


def test_a_source_that_follows_many_links_daily_is_a_machine(world):
    sources = Sources(world.stores.visits)
    for place in range(7):
        judge(world, click(world, code=f"code-{place}"), first=place, sources=sources)
    kinds = [next(iter(counts(world, f"code-{place}"))).partition("#")[2] for place in range(7)]
    assert kinds == ["person"] * 5 + ["machine"] * 2


def test_a_source_that_follows_one_link_is_not_written_down(world):
    sources = Sources(world.stores.visits)
    for place in range(3):
        judge(world, click(world), click(world), first=2 * place, sources=sources)
    assert world.tables.followed == {}


def test_a_source_is_known_everywhere_from_its_second_link_on(world):
    here, there = Sources(world.stores.visits), Sources(world.stores.visits)
    judge(world, click(world, code="a"), click(world, code="b"), shard="1", sources=here)
    assert world.tables.followed == {"codes#s1": {"a", "b"}}
    judge(world, click(world, code="c"), click(world, code="d"), shard="2", sources=there)
    judge(world, click(world, code="e"), click(world, code="f"), shard="2", first=9, sources=there)
    assert counts(world, "f") == {"2027-03-01#machine": 1}


def test_what_is_known_of_sources_does_not_grow_without_end(world):
    sources = Sources(world.stores.visits, most=2)
    for source in ("s1", "s2", "s3"):
        sources.follow([click(world, source=source, code="a")])
    assert sources.follow([click(world, source="s3", code="b")]) == {"s3": 2}
    assert sources.follow([click(world, source="s1", code="b")]) == {"s1": 1}
