"""Frozen dataclasses whose methods are generated when one of them is first used.

`dataclasses` inspects each class and writes and compiles six methods for it when its module is
loaded: a millisecond and more a class. The domain has a hundred classes, and a process makes,
compares and prints few of them. So a class here starts with its annotations only. It gets its
fields when they are asked for, and each of `__init__`, `__eq__`, `__hash__` and `__repr__` when
that one is first used, all from the standard library. This module itself does not make, compare or
print records.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]
C = TypeVar("C", bound=type)


def _complete(kind: type, wanted: str) -> None:
    """Add the method of this name that the standard library generates for these fields.

    The others wait for their own first use: most records are only made.
    """
    owner = next(each for each in kind.__mro__ if "__dataclass_fields__" in vars(each))
    fields = dataclasses.fields(owner)
    body: dict[str, Any] = {
        each.name: _again(each) for each in fields if _has_more_than_a_type(each)
    }
    body["__annotations__"] = {each.name: each.type for each in fields}
    if hasattr(owner, "__post_init__"):
        body["__post_init__"] = owner.__post_init__
    whole: type = dataclasses.dataclass(
        frozen=True,
        init=wanted == "__init__",
        repr=wanted == "__repr__",
        eq=wanted in ("__eq__", "__hash__"),
    )(type(owner.__name__, (), body))
    for name, first in _FIRST.items():
        made = vars(whole).get(name)
        if made is not None and vars(owner).get(name) is first:
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
    _complete(type(self), "__init__")
    self.__init__(*given, **named)


def _first_eq(self: Any, other: object) -> Any:
    _complete(type(self), "__eq__")
    return self.__eq__(other)


def _first_hash(self: Any) -> int:
    _complete(type(self), "__hash__")
    return hash(self)


def _first_repr(self: Any) -> str:
    _complete(type(self), "__repr__")
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


class _Fields:
    """Stand for the fields of a record class until they are asked for."""

    def __init__(self, annotations: dict[str, Any], defaults: dict[str, Any], module: str) -> None:
        self._body = {**defaults, "__annotations__": annotations, "__module__": module}

    def __get__(self, record: object, asked: type) -> Any:
        owner = next(
            each for each in asked.__mro__ if vars(each).get("__dataclass_fields__") is self
        )
        records = tuple(each for each in owner.__bases__ if hasattr(each, "__dataclass_fields__"))
        plain = type(owner.__name__, records, dict(self._body))
        made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(plain)
        for name in ("__dataclass_fields__", "__dataclass_params__"):
            setattr(owner, name, getattr(made, name))
        return made.__dataclass_fields__


def _begin(of: type, slots: bool) -> type:
    """Return the record class without generated methods; its fields are computed on demand."""
    body = {
        name: value for name, value in vars(of).items() if name not in ("__dict__", "__weakref__")
    }
    annotations = body.get("__annotations__", {})
    names = tuple(name for name, what in annotations.items() if not str(what).startswith(_NO_FIELD))
    defaults = {name: body[name] for name in names if name in body}
    for name, default in defaults.items():
        if slots or isinstance(default, dataclasses.Field):
            del body[name]
    if slots:
        body["__slots__"] = names
        body["__getstate__"], body["__setstate__"] = _state_of, _restore
    body |= {name: first for name, first in _FIRST.items() if name not in body}
    body["__setattr__"], body["__delattr__"] = _refuse_to_set, _refuse_to_delete
    body["__match_args__"] = (*getattr(of, "__match_args__", ()), *names)
    body["__dataclass_fields__"] = _Fields(annotations, defaults, of.__module__)
    return type(of)(of.__name__, of.__bases__, body)


_NO_FIELD = ("ClassVar", "typing.ClassVar")

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
            return _begin(of, slots)

        return made if cls is None else made(cls)
