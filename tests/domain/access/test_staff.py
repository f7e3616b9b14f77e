"""Staff: who may do what."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from goodword.domain.access.staff import (
    MAY,
    RIGHTS,
    ROLES,
    Role,
    Staff,
    check_right,
    person_of,
)
from goodword.domain.errors import Forbidden

AT = datetime(2027, 3, 1, tzinfo=UTC)
SAM = Staff("5a", "sam@example.com", "finance", AT)
DECIDES = {"admin", "finance"}


def test_every_role_has_its_rights_and_no_right_is_unknown() -> None:
    assert set(MAY) == set(ROLES)
    assert {right for rights in MAY.values() for right in rights} == set(RIGHTS)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_may_read_and_only_admin_and_finance_decide(role: Role) -> None:
    staff = replace(SAM, role=role)
    decisions = ("approve", "cancel", "reverse")
    assert staff.may("look")
    assert [staff.may(right) for right in decisions] == [role in DECIDES] * 3


def test_a_person_who_was_let_out_may_nothing() -> None:
    gone = replace(SAM, role="admin", revoked=True)
    assert gone.rights() == ()
    with pytest.raises(Forbidden):
        check_right(gone, "look")


def test_a_forbidden_action_is_refused_with_a_remedy() -> None:
    check_right(SAM, "cancel")
    with pytest.raises(Forbidden) as refused:
        check_right(replace(SAM, role="sales"), "cancel")
    assert "sales" in refused.value.what
    assert refused.value.remedy


def test_a_person_is_identified_by_a_normalized_hash() -> None:
    assert person_of("key", " Sam@Example.com ") == person_of("key", "sam@example.com")
    assert person_of("other", "sam@example.com") != person_of("key", "sam@example.com")
    assert SAM.actor == "staff 5a"
