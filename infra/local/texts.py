"""Gather the messages of the code into the gettext catalogues, and compile them.

The code has the English texts. A new text has no translation yet: edit the catalogue and run this
again. A text that is no longer used is removed.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from goodword.domain.locale import LOCALES
from goodword.messages import events, labels, reasons
from infra.local.up import ROOT

LAYER = Path("layers/core/goodword")
FOLDERS = (LAYER, Path("functions"))
CATALOGUES = LAYER / "pages/locales"
TRANSLATED = LOCALES[1:]  # texts are written in the first
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
OPTIONS = {"**/templates/**": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "say": None, "phrase": None}


def gather(root: Path = ROOT) -> Catalog:
    """Return all messages, in the order of their files."""
    found = Catalog(project="Goodword", charset="utf-8")
    for folder in FOLDERS:
        for file, _, text, comments, context in extract_from_dir(
            root / folder, METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",)
        ):
            found.add(text, None, [(file, 0)], auto_comments=comments, context=context)
    for file, texts in tables().items():
        for text in texts:
            found.add(text, None, [(file, 0)])
    return found


def tables() -> dict[str, list[str]]:
    """Return the texts of the tables of messages/, by file as the catalogues name it."""
    return {
        "messages/labels.py": [text for table in labels.LABELS.values() for text in table.values()],
        "messages/reasons.py": _all_of(reasons.TEXTS.values()),
        "messages/events.py": _all_of([*events.TEXTS.values(), *events.BY_PERSON.values()]),
    }


def _all_of(texts: Iterable[reasons.Texts]) -> list[str]:
    """Return all variants for all audiences."""
    found: list[str] = []
    for each in texts:
        owns = each.values() if isinstance(each, Mapping) else (each,)
        for own in owns:
            found += [own] if isinstance(own, str) else own
    return found


def catalogue(root: Path, locale: str) -> Catalog:
    """Read the catalogue of a language."""
    path = root / CATALOGUES / locale / "LC_MESSAGES/goodword.po"
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update(root: Path, locale: str) -> list[str]:
    """Update a language's catalogue, compile it, and return the texts without a translation."""
    stored = catalogue(root, locale)
    stored.update(gather(root), no_fuzzy_matching=True)
    folder = root / CATALOGUES / locale / "LC_MESSAGES"
    (folder / "goodword.po").write_bytes(_written(stored))
    kept = catalogue(root, locale)
    (folder / "goodword.mo").write_bytes(compiled(kept))
    return missing(kept)


def _written(stored: Catalog) -> bytes:
    """Return a catalogue's text without the headers that would change at every run."""
    made = io.BytesIO()
    write_po(made, stored, width=100, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
    lines = made.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_CHANGING))


_CHANGING = (
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Last-Translator',
    b'"Language-Team',
    b'"Report-Msgid-Bugs-To',
    b'"Generated-By',
    b'"Project-Id-Version',
)


def compiled(stored: Catalog) -> bytes:
    """Return a compiled catalogue: the same bytes from the same texts."""
    stored.creation_date = stored.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    stored.last_translator = stored.language_team = stored.msgid_bugs_address = ""
    made = io.BytesIO()
    write_mo(made, stored)
    return made.getvalue()


def missing(stored: Catalog) -> list[str]:
    """Return the texts that a catalogue does not translate."""
    found = []
    for message in stored:
        result = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(result):
            found.append(message.id if isinstance(message.id, str) else message.id[0])
    return found


def main() -> int:
    """Update every catalogue; print missing translations, and fail if there are any."""
    untranslated = {locale: update(ROOT, locale) for locale in TRANSLATED}
    for locale, texts in untranslated.items():
        print(f"{locale}: {len(texts)} without a translation")
        for text in texts:
            print(f"  {text!r}")
    return 1 if any(untranslated.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
