"""A program's brand: the name, color and logo of its pages and mails."""

from __future__ import annotations

import re

from goodword.domain.errors import BadInput
from goodword.domain.record import dataclass

COLOR = "#1d4f91"
LOGO_LIMIT_BYTES = 20_000
# The least contrast of readable text: WCAG 2.2, success criterion 1.4.3.
LEAST_CONTRAST = 4.5
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
# The logo is inside the file, so that a page loads nothing from another host.
_LOGO = re.compile(r"data:image/(?:png|svg\+xml|webp);base64,[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class Brand:
    """A program's look.

    color: #rrggbb, of buttons and links; logo: a data address, or empty.
    """

    name: str
    color: str = COLOR
    logo: str = ""


def check_brand(brand: Brand) -> Brand:
    """Return the brand.

    Raise BadInput for a color too light for white text, or for a logo of another format.
    """
    if _HEX.fullmatch(brand.color) is None:
        raise BadInput(
            f"{brand.color!r} is not a color",
            where="brand.color",
            remedy="Write it like '#1d4f91'.",
        )
    seen = contrast(brand.color, "#ffffff")
    if seen < LEAST_CONTRAST:
        raise BadInput(
            f"white on {brand.color} has a contrast of {seen:.1f}, below {LEAST_CONTRAST}",
            where="brand.color",
            remedy=f"Choose a darker shade, with a contrast of at least {LEAST_CONTRAST}.",
        )
    if brand.logo and (len(brand.logo) > LOGO_LIMIT_BYTES or _LOGO.fullmatch(brand.logo) is None):
        raise BadInput(
            "the logo is not a supported image",
            where="brand.logo",
            remedy="Use data:image/svg+xml;base64,… (or png, webp), "
            f"of at most {LOGO_LIMIT_BYTES} bytes.",
        )
    return brand


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colors (#rrggbb), from 1 to 21, as WCAG 2.2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
