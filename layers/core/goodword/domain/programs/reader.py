"""Whom a page is for, as far as that is known before it is shown."""

from __future__ import annotations

from goodword.domain.programs.brand import Brand
from goodword.domain.record import dataclass

_NO_BRAND = Brand("")


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a page is for. brand: without a name where it is not known; locale, program.

    Empty likewise.
    """

    brand: Brand = _NO_BRAND
    locale: str = ""
    program: str = ""
