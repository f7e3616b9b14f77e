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
    open_decisions,
    person_of,
)
from goodword.domain.credits.credit import Credit, Pending, Reverses, reversal_of
from goodword.domain.errors import Forbidden
from goodword.domain.money import Money
from goodword.domain.reason import Reason
from tests.credits import altered

AT = datetime(2027, 3, 1, tzinfo=UTC)
SAM = Staff("5a", "sam@example.com", "finance", AT)
OWED = Credit(
    *("cr_1", "peers", 1, "demo", "rf_1", "cus_1", "ana"),
    Money(5000, "USD"),
    Pending(),
    AT,
    AT,
)
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


@pytest.mark.parametrize(
    ("credit", "decisions"),
    [
        ({}, ("cancel",)),
        ({"status": "held"}, ("approve", "cancel")),
        ({"status": "held", "sent_at": AT, "tries": 2}, ("approve",)),
        (
            {
                "status": "held",
                "holds": (Reason("server_error_unresolved"),),
                "sent_at": AT,
                "tries": 2,
            },
            ("approve", "cancel"),
        ),
        ({"status": "pending", "sent_at": AT}, ()),
        ({"status": "sending"}, ()),
        ({"status": "over_limit"}, ("cancel",)),
        ({"status": "posted"}, ("reverse",)),
        ({"status": "canceled"}, ()),
        ({"status": "reversed"}, ()),
        ({"status": "posted", "reverses": Reverses("cr_0")}, ()),
    ],
)
def test_open_decisions_follow_from_the_credits_state(credit, decisions) -> None:
    assert open_decisions(altered(OWED, **credit)) == decisions


@pytest.mark.parametrize(
    ("status", "decisions"), [("held", ()), ("pending", ()), ("canceled", ("reverse",))]
)
def test_what_is_being_taken_back_is_not_taken_back_again(status, decisions) -> None:
    posted = altered(OWED, status="posted", reversal="cr_1_reversal")
    reversal = altered(reversal_of(posted, Reason("deal_lost"), AT, review=False), status=status)
    assert open_decisions(posted, reversal) == decisions


@pytest.mark.parametrize(
    ("kind", "earns", "decisions"),
    [
        ("credit", "no", ("cancel",)),
        ("credit", "ask", ("approve", "cancel")),
        ("credit", "yes", ("approve", "cancel")),
        ("reversal", "no", ("approve", "cancel")),
    ],
)
def test_a_credit_without_permission_to_earn_can_only_be_canceled(kind, earns, decisions) -> None:
    reverses = Reverses("cr_0") if kind == "reversal" else None
    held = altered(OWED, status="held", reverses=reverses)
    assert open_decisions(held, None, earns) == decisions
