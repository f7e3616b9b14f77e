"""People and machines are told apart after the redirect, and each click counts once."""

from datetime import timedelta

import pytest

from goodword.domain.click import Click
from goodword.steps.judge_clicks import judge_click


def click(world, name="click-1", **more):
    given = {"code": "ana-link", "program": "peers", "at": world.clock(), "source": "s1", "agent": "Browser"}
    made = Click(name, **(given | more))
    world.stores.clicks.put(made)
    return made


def judge(world, each):
    return judge_click(each, is_crawler=lambda agent: agent == "Robot", stores=world.stores)


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
    assert judge(world, click(world, **more)) == kind
    assert world.stores.counts.of("link#ana-link") == {f"2027-03-01#{kind}": 1}


def test_a_click_within_a_second_of_the_mail_is_a_scanners(world):
    assert judge(world, click(world, mailed_at=world.clock() - timedelta(seconds=1))) == "machine"
    assert judge(world, click(world, "click-2", mailed_at=world.clock() - timedelta(seconds=2))) == "person"


def test_a_click_that_comes_again_is_not_counted_again(world):
    made = click(world)
    assert judge(world, made) == "person"
    assert judge(world, made) is None
    assert world.stores.counts.of("link#ana-link") == {"2027-03-01#person": 1}


def test_a_source_that_follows_many_links_in_a_day_is_a_machine(world):
    kinds = [judge(world, click(world, f"click-{code}", code=f"code-{code}")) for code in range(7)]
    assert kinds == ["person"] * 5 + ["machine"] * 2
