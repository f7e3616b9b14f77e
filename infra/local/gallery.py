"""Take a screenshot of every page and mail, and write docs/screenshots.md that shows them."""

from __future__ import annotations

import struct
import sys
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel import Locale
from playwright.sync_api import Browser, Page
from rich.console import Console

from goodword.domain.locale import LOCALES
from infra.local.chromium import open_chromium
from infra.local.demo import Demo
from infra.local.tour import Cast, Stop, Tour
from infra.local.up import ROOT, shown_on
from infra.local.visit import WIDTHS

FOLDER: Final = ROOT / "docs" / "screenshots"
PAGE: Final = ROOT / "docs" / "screenshots.md"
MAIL: Final = (600, 700)
OWN: Final = LOCALES[0]  # the language in which texts are written
# Of a tour in another language, these: the first page of each person, where texts are longest.
TRANSLATED: Final = (
    "invitation",
    "portal",
    "sign-off",
    "landing",
    "landing-errors",
    "mail-invitation",
    "mail-notice",
)
# Stops that look like another one.
ALIKE: Final = (
    "portal-signed-off",
    "portal-contact",
    "console",
    "console-approved",
    "staff-sign-in-asked",
    "staff-enter",
)
HEADINGS: Final = {
    "referrer": "The referrer, and their approver",
    "prospect": "The prospect",
    "staff": "The staff",
    "mail": "The mails",
}
CASTS: Final = {
    "en": Cast("harbor"),
    "es": Cast(
        "puerto",
        story="Antes perdíamos una cita de cada nueve. Desde la primavera, una de cada cuarenta.",
        locale="es",
    ),
}
COLOURS: Final = 48
# The browser reads its own screenshot fastest: it returns a palette and an index per pixel.
QUANTISE: Final = """async ([source, most]) => {
  const image = await createImageBitmap(await (await fetch(source)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const drawing = canvas.getContext('2d');
  drawing.drawImage(image, 0, 0);
  const seen = drawing.getImageData(0, 0, image.width, image.height).data;
  const counts = new Map();
  for (let i = 0; i < seen.length; i += 4) {
    const color = seen[i] << 16 | seen[i + 1] << 8 | seen[i + 2];
    counts.set(color, (counts.get(color) || 0) + 1);
  }
  // What has a color counts for more than the many greys of letters' edges.
  const weight = ([color, count]) => {
    const parts = [16, 8, 0].map(shift => color >> shift & 255);
    return count * (1 + (Math.max(...parts) - Math.min(...parts)) / 8);
  };
  const palette = [...counts].sort((a, b) => weight(b) - weight(a) || a[0] - b[0])
    .slice(0, most).map(each => each[0]);
  const nearest = new Map();
  for (const color of counts.keys()) {
    let best = 0, least = Infinity;
    palette.forEach((each, place) => {
      const [r, g, b] = [16, 8, 0].map(shift => (each >> shift & 255) - (color >> shift & 255));
      const far = 2 * r * r + 4 * g * g + 3 * b * b;
      if (far < least) { least = far; best = place; }
    });
    nearest.set(color, best);
  }
  let places = '';
  for (let i = 0; i < seen.length; i += 4)
    places += String.fromCharCode(nearest.get(seen[i] << 16 | seen[i + 1] << 8 | seen[i + 2]));
  return {across: image.width, down: image.height, palette, places: btoa(places)};
}"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry of the page: a caption, and its files."""

    who: str
    what: str
    files: tuple[str, ...]


def main() -> int:
    """Take all pictures again."""
    console = Console(highlight=False)
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with Demo(progress=shown_on(console)) as demo, open_chromium() as browser:
        shown = [
            each
            for locale in LOCALES
            for each in _taken(
                demo, browser, locale, tuple(WIDTHS) if locale == OWN else ("phone",)
            )
        ]
    PAGE.write_text(written(shown), encoding="utf-8")
    files = list(FOLDER.glob("*.png"))
    size = sum(file.stat().st_size for file in files)
    console.print(f"{len(files)} pictures, {size / 1e6:.1f} MB: {PAGE.relative_to(ROOT)}")
    return 0


def _taken(demo: Demo, browser: Browser, locale: str, widths: tuple[str, ...]) -> list[Shown]:
    """Visit all pages in a language and take the selected screenshots, each once."""
    tour = Tour(demo, browser, CASTS[locale])
    darkroom = browser.new_page()
    taken: dict[str, Shown] = {}
    for stop in tour.stops():
        if stop.name in (*taken, *ALIKE) or (locale != OWN and stop.name not in TRANSLATED):
            continue
        taken[stop.name] = _take(stop, locale, widths, darkroom)
    if tour.troubles:
        raise RuntimeError("; ".join(tour.troubles))
    return list(taken.values())


def _take(stop: Stop, locale: str, widths: tuple[str, ...], darkroom: Page) -> Shown:
    sizes = {"mail": MAIL} if stop.who == "mail" else {width: WIDTHS[width] for width in widths}
    files = []
    for width, (across, down) in sizes.items():
        stop.page.set_viewport_size({"width": across, "height": min(down, 480)})
        name = "-".join(
            (stop.name.removeprefix("mail-"), *((locale,) if locale != OWN else ()), width)
        )
        (FOLDER / f"{name}.png").write_bytes(
            smaller(stop.page.screenshot(full_page=True), darkroom)
        )
        files.append(f"{name}.png")
    language = "" if locale == OWN else f" In {Locale(locale).get_display_name(OWN)}."
    return Shown(stop.who, f"{stop.what}{language}", tuple(files))


def smaller(png: bytes, darkroom: Page) -> bytes:
    """Return the picture with a palette of its most frequent colors.

    Source: the PNG specification, PLTE.
    """
    source = f"data:image/png;base64,{b64encode(png).decode()}"
    result = darkroom.evaluate(QUANTISE, [source, COLOURS])
    across, down, places = result["across"], result["down"], b64decode(result["places"])
    lines = b"".join(b"\0" + places[row * across : (row + 1) * across] for row in range(down))
    palette = b"".join(color.to_bytes(3, "big") for color in result["palette"])
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", across, down, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def written(shown: list[Shown]) -> str:
    """Write the page, by person."""
    parts = [
        "# Screenshots\n",
        "Each page and each mail, as wide as a phone and as a desktop. "
        "`make screenshots` takes them on the\n"
        "local cloud. The people in them are fictitious.\n",
    ]
    for who, heading in HEADINGS.items():
        parts.append(f"## {heading}\n")
        for each in shown:
            if each.who == who:
                parts += [
                    f"{each.what}\n",
                    " ".join(_image(file, each.what) for file in each.files) + "\n",
                ]
    return "\n".join(parts)


def _image(file: str, what: str) -> str:
    across = {"phone": 180, "desktop": 560, "mail": 360}[Path(file).stem.rpartition("-")[2]]
    alt = what.replace('"', "'")
    return f'<img src="screenshots/{file}" width="{across}" alt="{alt}">'


if __name__ == "__main__":
    sys.exit(main())
