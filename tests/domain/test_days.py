"""Days end at midnight of the program's time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from goodword.domain.days import last_moment

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("at", "days", "ends"),
    [
        (datetime(2027, 6, 3, 13, tzinfo=UTC), 30, datetime(2027, 7, 4, 4, tzinfo=UTC)),
        (datetime(2027, 6, 3, 3, tzinfo=UTC), 30, datetime(2027, 7, 3, 4, tzinfo=UTC)),
        (datetime(2027, 3, 1, 12, tzinfo=UTC), 14, datetime(2027, 3, 16, 4, tzinfo=UTC)),
        (datetime(2027, 3, 1, 12, tzinfo=UTC), 0, datetime(2027, 3, 2, 5, tzinfo=UTC)),
    ],
)
def test_the_last_day_lasts_to_its_end(at, days, ends):
    assert last_moment(at, days, NEW_YORK) == ends - timedelta(microseconds=1)
