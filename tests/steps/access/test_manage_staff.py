"""Managing the staff."""

import pytest

from goodword.domain.access.staff import Role, Staff
from goodword.domain.errors import NotFound
from goodword.steps.access.manage_staff import add_staff, list_staff, remove_staff
from tests.steps.world import World
from tests.world import IDENTITY_KEY

SAM = "sam@example.com"


def add(world: World, role: Role = "finance", email: str = SAM) -> tuple[Staff, bool]:
    return add_staff(
        email,
        role,
        by="key one",
        identity_key=IDENTITY_KEY,
        stores=world.stores,
        now=world.clock,
    )


def remove(world: World, email: str = SAM) -> Staff:
    return remove_staff(email, by="key two", identity_key=IDENTITY_KEY, stores=world.stores)


def test_a_person_is_let_in_once(world: World) -> None:
    staff, new = add(world)
    assert (new, staff.role, staff.added_by) == (True, "finance", "key one")
    assert add(world) == (staff, False)
    assert world.tables.all(Staff) == [staff]


def test_another_role_takes_the_place_of_the_one_before(world: World) -> None:
    add(world)
    staff, new = add(world, "read")
    assert (new, staff.role) == (False, "read")
    assert world.stores.staff.get(staff.person) == staff


def test_removed_staff_have_no_rights_and_stay_listed(world: World) -> None:
    staff, _ = add(world)
    gone = remove(world)
    assert (gone.person, gone.revoked, gone.added_by) == (staff.person, True, "key two")
    assert remove(world) == gone
    assert list_staff(None, stores=world.stores).items == (gone,)


def test_who_was_let_out_may_be_let_in_again(world: World) -> None:
    add(world)
    remove(world)
    staff, new = add(world, "sales")
    assert (new, staff.revoked, staff.role) == (True, False, "sales")


def test_an_unknown_person_cannot_be_removed(world: World) -> None:
    with pytest.raises(NotFound):
        remove(world)


def test_two_concurrent_additions_of_one_person_make_one_row(world: World) -> None:
    world.tables.meanwhile.append(lambda: add(world, "read"))
    staff, new = add(world)
    assert (new, staff.role) == (False, "finance")
    assert len(world.tables.all(Staff)) == 1


def test_the_newest_come_first(world: World) -> None:
    for name in ("a", "b", "c"):
        add(world, email=f"{name}@example.com")
        world.clock.advance(minutes=1)
    found = [each.email[0] for each in list_staff(None, stores=world.stores).items]
    assert found == ["c", "b", "a"]
