"""The page of pictures shows each of them, and none that is not there."""

from __future__ import annotations

import re

from infra.local.gallery import FOLDER, PAGE

MOST_BYTES = 2_500_000


def test_the_page_lists_exactly_the_pictures() -> None:
    listed = re.findall(r'src="screenshots/([^"]+)"', PAGE.read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(file.name for file in FOLDER.iterdir())
    assert listed


def test_the_pictures_weigh_little() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < MOST_BYTES
