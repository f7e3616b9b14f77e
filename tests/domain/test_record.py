"""Records behave as the standard library's frozen dataclasses in all that tests can see."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.record import dataclass
from tests.tidy.project import ROOT


@dataclass(frozen=True, slots=True)
class Ours:
    name: str
    count: int = 0
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)
    parts: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    name: str
    count: int = 0
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Other:
    name: str


FEW = st.sampled_from(["", "a", "b"])
VALUES = st.tuples(FEW, st.integers(0, 1), FEW, FEW, st.tuples(st.integers(0, 1)))


@given(VALUES, VALUES)
def test_it_does_what_the_standard_library_does(one, two) -> None:
    assert (Ours(*one) == Ours(*two)) is (Theirs(*one) == Theirs(*two))
    assert hash(Ours(*one)) == hash(Theirs(*one))
    assert repr(Ours(*one)) == repr(Theirs(*one)).replace("Theirs", "Ours")


def test_records_of_two_kinds_are_never_equal() -> None:
    assert Ours("a") != Theirs("a")
    assert Other("a") != Ours("a")
    assert Ours("a").__eq__(Other("a")) is NotImplemented


def test_nothing_can_be_set_or_added_afterwards() -> None:
    made = Ours("a")
    with pytest.raises(FrozenInstanceError):
        made.count = 1
    with pytest.raises(FrozenInstanceError):
        del made.count
    assert not hasattr(made, "__dict__")
    assert replace(made, count=1) == Ours("a", 1)
    assert [each.name for each in dataclasses.fields(made)] == [
        "name",
        "count",
        "secret",
        "note",
        "parts",
    ]


def test_what_holds_something_that_cannot_be_hashed_cannot_be_either() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Ours("a", parts=[1]))


def test_a_class_gets_each_generated_method_at_its_first_use() -> None:
    @dataclass(frozen=True, slots=True)
    class Rare:
        name: str

    begun = dict(vars(Rare))
    first = Rare("a")
    assert vars(Rare)["__init__"] is not begun["__init__"]
    assert vars(Rare)["__eq__"] is begun["__eq__"]
    assert first == Rare("a")
    assert vars(Rare)["__eq__"].__qualname__.endswith("Rare.__eq__")
    assert vars(Rare)["__repr__"] is begun["__repr__"]


def test_what_is_missing_is_reported_as_for_any_class() -> None:
    @dataclass(frozen=True, slots=True)
    class Fresh:
        name: str

    with pytest.raises(
        TypeError, match=r"Fresh.__init__\(\) missing 1 required positional argument: 'name'"
    ):
        Fresh()


def test_post_init_checks_run_the_first_time_too() -> None:
    @dataclass(frozen=True, slots=True)
    class Small:
        count: int

        def __post_init__(self) -> None:
            if self.count > 9:
                raise ValueError("too large")

    with pytest.raises(ValueError, match="too large"):
        Small(10)
    assert Small(9).count == 9


def test_a_class_may_add_fields_to_anothers() -> None:
    @dataclass(frozen=True, slots=True)
    class More(Ours):
        last: str = "z"

    assert More("a", 1).last == "z"
    assert repr(More("a")).endswith("More(name='a', count=0, note='', parts=(), last='z')")
    assert Ours("a") != More("a")


def test_a_field_that_is_given_by_name_alone_stays_so() -> None:
    @dataclass(frozen=True, slots=True)
    class Named:
        name: str
        count: int = field(kw_only=True)
        most: int = field(kw_only=True, default=3)

    assert repr(Named("a", count=1)).endswith("Named(name='a', count=1, most=3)")
    with pytest.raises(TypeError, match="positional"):
        Named("a", 1)


def test_each_record_has_its_own_default() -> None:
    @dataclass(frozen=True, slots=True)
    class Holder:
        data: dict[str, str] = field(default_factory=dict)

    one, two = Holder(), Holder()
    one.data["a"] = "b"
    assert two.data == {}


def test_it_is_copied_and_pickled() -> None:
    made = Ours("a", 1, "s", "n", (1,))
    pickled = pickle.loads(pickle.dumps(made))  # noqa: S301  # what was pickled here
    assert copy.deepcopy(made) == copy.copy(made) == pickled == made


def unpickled(kind, *state):
    """Return a record as a process has it that unpickles one before it made any of its kind."""
    made = kind.__new__(kind)
    made.__setstate__(list(state))
    return made


def test_a_record_unpickled_first_compares_hashes_and_prints_like_any() -> None:
    def fresh():
        @dataclass(frozen=True, slots=True)
        class Fresh:
            name: str
            count: int

        return Fresh

    kind = fresh()
    assert unpickled(kind, "a", 1) == unpickled(kind, "a", 1)
    kind = fresh()
    assert unpickled(kind, "a", 1) != unpickled(kind, "b", 1)
    kind = fresh()
    assert hash(unpickled(kind, "a", 1)) == hash(kind("a", 1))
    assert repr(unpickled(fresh(), "a", 1)).endswith("Fresh(name='a', count=1)")


def test_what_can_be_changed_or_sorted_is_the_standard_librarys() -> None:
    @dataclass
    class Loose:
        count: int

    @dataclass(frozen=True, slots=True, order=True)
    class Sorted:
        count: int

    loose = Loose(1)
    loose.count = 2
    assert loose == Loose(2)
    assert Loose.__hash__ is None
    assert sorted([Sorted(2), Sorted(1)]) == [Sorted(1), Sorted(2)]


def test_a_class_may_say_itself_how_it_is_printed() -> None:
    @dataclass(frozen=True)
    class Hidden:
        secret: str

        def __repr__(self) -> str:
            return "Hidden"

    assert repr(Hidden("s")) == "Hidden"


def test_every_frozen_dataclass_that_is_deployed_is_one_of_these() -> None:
    deployed = [*(ROOT / "layers/core/goodword").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    texts = {
        path: path.read_text(encoding="utf-8") for path in deployed if path.name != "record.py"
    }
    frozen = {path: text for path, text in texts.items() if "@dataclass(frozen=True" in text}
    assert len(frozen) > 50
    source = "from goodword.domain.record import dataclass\n"
    assert [str(path) for path, text in frozen.items() if source not in text] == []
