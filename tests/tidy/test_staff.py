"""docs/staff.md says of each role what the code lets it do."""

from __future__ import annotations

import re

from goodword.domain.access.staff import MAY, RIGHTS, ROLES
from tests.tidy.project import ROOT, text_of


def test_the_table_of_rights_is_that_of_the_code() -> None:
    page = text_of(ROOT / "docs" / "staff.md")
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in re.findall(r"(?m)^\|.*\|$", page)
    ]
    start = rows.index(["role", *RIGHTS])
    result = {row[0]: row[1:] for row in rows[start + 2 : start + 2 + len(ROLES)]}
    assert result == {
        role: ["yes" if right in MAY[role] else "no" for right in RIGHTS] for role in ROLES
    }
