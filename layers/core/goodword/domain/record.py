"""Frozen dataclasses whose methods are generated when one of them is first used.

`dataclasses` writes and compiles six methods for each class when its module is loaded: a
millisecond and more a class. The domain has a hundred classes, and a process makes, compares and
prints few of them. So a class here starts with its fields only, and gets `__init__`, `__eq__`,
`__hash__` and `__repr__` from the standard library at the first use of one of them. This module
itself does not make, compare or print records.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]
C = TypeVar("C", bound=type)


def _complete(kind: type) -> None:
    """Add the methods that the standard library generates for these fields."""
    owner = next(each for each in kind.__mro__ if "__dataclass_fields__" in vars(each))
    fields = dataclasses.fields(owner)
    body: dict[str, Any] = {
        each.name: _again(each) for each in fields if _has_more_than_a_type(each)
    }
    body["__annotations__"] = {each.name: each.type for each in fields}
    if hasattr(owner, "__post_init__"):
        body["__post_init__"] = owner.__post_init__
    whole: type = dataclasses.dataclass(frozen=True)(type(owner.__name__, (), body))
    for name, first in _FIRST.items():
        if vars(owner).get(name) is first:
            made = vars(whole)[name]
            made.__qualname__ = f"{owner.__qualname__}.{name}"
            setattr(owner, name, made)


def _has_more_than_a_type(field: dataclasses.Field[Any]) -> bool:
    plain: dataclasses.Field[Any] = dataclasses.field()
    return field.kw_only is True or any(
        getattr(field, name) != getattr(plain, name) for name in _GIVEN
    )


def _again(field: dataclasses.Field[Any]) -> Any:
    """Return a copy of a field's options for another class."""
    plain: dataclasses.Field[Any] = dataclasses.field()
    given = {name: getattr(field, name) for name in _GIVEN}
    result = {name: each for name, each in given.items() if each != getattr(plain, name)}
    return dataclasses.field(kw_only=field.kw_only, **result)


_GIVEN = ("default", "default_factory", "init", "repr", "hash", "compare")


def _first_init(self: Any, *given: Any, **named: Any) -> None:
    _complete(type(self))
    self.__init__(*given, **named)


def _first_eq(self: Any, other: object) -> Any:
    _complete(type(self))
    return self.__eq__(other)


def _first_hash(self: Any) -> int:
    _complete(type(self))
    return hash(self)


def _first_repr(self: Any) -> str:
    _complete(type(self))
    return repr(self)


_FIRST: dict[str, Any] = {
    "__init__": _first_init,
    "__eq__": _first_eq,
    "__hash__": _first_hash,
    "__repr__": _first_repr,
}


def _refuse_to_set(self: Any, name: str, value: object) -> None:  # noqa: ARG001  # a protocol
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:  # noqa: ARG001  # a protocol
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state_of(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    """Set the fields of a copied or unpickled record; nothing else may set them."""
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        cls: C | None = None, /, *, frozen: bool = False, slots: bool = False, order: bool = False
    ) -> C | Callable[[C], C]:
        """Make a class a dataclass.

        A mutable or sortable class gets its methods at once.
        """

        def made(of: C) -> C:
            if order or not frozen:
                return dataclasses.dataclass(frozen=frozen, slots=slots, order=order)(of)
            own = set(vars(of))
            begun = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(of)
            for name, first in _FIRST.items():
                if name not in own:
                    setattr(begun, name, first)
            begun.__setattr__, begun.__delattr__ = _refuse_to_set, _refuse_to_delete
            if slots:
                begun.__getstate__, begun.__setstate__ = _state_of, _restore
            return begun

        return made if cls is None else made(cls)
