"""A write names the version that it replaces."""

import pytest

from goodword.domain.errors import MatchRequired, OutOfDate
from goodword.steps.programs.check_version import check_match


@pytest.mark.parametrize("if_match", ["3", '"3"', ' "3" '])
def test_the_current_version_may_be_replaced(if_match):
    check_match(if_match, 3)


@pytest.mark.parametrize(
    ("if_match", "error"), [(None, MatchRequired), ("2", OutOfDate), ("", OutOfDate)]
)
def test_another_version_or_none_is_refused_with_the_current_one(if_match, error):
    with pytest.raises(error) as refused:
        check_match(if_match, 3)
    assert '"3"' in refused.value.remedy
