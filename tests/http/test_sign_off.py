"""The approver's form: what it says, and what is not right about it."""

import pytest

from goodword.domain.errors import BadInput
from goodword.domain.referrers.sign_off import SignOffWish
from goodword.http.pages.sign_off import problem_of_answer, read_wish


def test_an_answer_has_display_earning_and_story_permission():
    fields = {"shown": "company", "earns": "no", "story": "yes"}
    assert read_wish(fields) == SignOffWish("company", "no", True)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"shown": "name"}, "earns"),
        ({"shown": "name", "earns": "perhaps"}, "earns"),
        ({"earns": "yes"}, "shown"),
        ({"earns": "yes", "shown": "everything"}, "shown"),
    ],
)
def test_an_answer_without_a_choice_is_asked_for_it(fields, where):
    with pytest.raises(BadInput) as refused:
        read_wish(fields)
    assert refused.value.where == where
    assert str(problem_of_answer(refused.value)) == "Please answer both questions."


def test_a_story_changed_meanwhile_must_be_read_again():
    result = problem_of_answer(BadInput("it changed", where="story"))
    assert str(result).startswith("The story has changed since you opened this page.")
