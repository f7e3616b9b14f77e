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


# What is annotated so is no field.
_NO_FIELD = ("ClassVar", "typing.ClassVar")


class _Fields:
    """Stand for the fields of a record class until they are asked for."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body
        self._made: Any = None

    def __get__(self, record: object, asked: type) -> Any:
        if self._made is None:
            self._made = self.generate(asked, "")
        return self._made.__dataclass_fields__

    def generate(self, kind: type, wanted: str) -> type:
        """Return a class of the standard library's with these fields and the method of a name."""
        owner = self.owner(kind)
        records = tuple(each for each in owner.__bases__ if hasattr(each, "__dataclass_fields__"))
        return dataclasses.dataclass(
            frozen=True,
            init=wanted == "__init__",
            repr=wanted == "__repr__",
            eq=wanted in ("__eq__", "__hash__"),
        )(type(owner.__name__, records, dict(self._body)))

    def owner(self, kind: type) -> type:
        """Return the class that declares these fields: a kind of record, or one that it extends."""
        return next(each for each in kind.__mro__ if vars(each).get("__dataclass_fields__") is self)


class _Params:
    """Tell the standard library that a record class is frozen."""

    frozen = True


def _complete(kind: type, wanted: str) -> None:
    """Add the method of this name that the standard library generates for these fields.

    The others wait for their own first use: most records are only made.
    """
    fields = next(
        vars(each)["__dataclass_fields__"]
        for each in kind.__mro__
        if "__dataclass_fields__" in vars(each)
    )
    owner, whole = fields.owner(kind), fields.generate(kind, wanted)
    for name, first in _FIRST.items():
        made = vars(whole).get(name)
        if made is not None and vars(owner).get(name) is first:
            made.__qualname__ = f"{owner.__qualname__}.{name}"
            setattr(owner, name, made)


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
    body["__dataclass_params__"] = _Params
    body["__dataclass_fields__"] = _Fields(
        {
            **defaults,
            **{name: body[name] for name in ("__post_init__",) if name in body},
            "__annotations__": annotations,
            "__module__": of.__module__,
        }
    )
    return type(of)(of.__name__, of.__bases__, body)


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
