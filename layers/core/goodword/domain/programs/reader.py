"""The reader of a page, as far as it is known before the page is shown."""

from __future__ import annotations

from goodword.domain.programs.brand import Brand
from goodword.domain.record import dataclass

_NO_BRAND = Brand("")


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a page.

    brand: without a name if unknown; locale, program: empty if unknown.
    """

    brand: Brand = _NO_BRAND
    locale: str = ""
    program: str = ""
