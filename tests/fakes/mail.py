"""Mail without SES: what is handed over stays in a list, and a letter says its values back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from goodword.domain.mails.mail import Letter, Sending
from goodword.domain.programs.brand import Brand


class FakeMailer:
    """Keep the letters. comes: what is answered to the next ones, sent without any."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.comes: list[Sending] = []

    def send(self, letter: Letter) -> Sending:
        came = self.comes.pop(0) if self.comes else Sending("sent", f"msg-{len(self.letters) + 1}")
        if came.kind in ("sent", "unknown"):
            self.letters.append(letter)
        return came


@dataclass(frozen=True)
class FakeWritten:
    subject: str
    html: str
    text: str


class FakeLetters:
    """Write a letter that names its template and its language. wrote.

    Every template with its values.
    """

    def __init__(self) -> None:
        self.wrote: list[tuple[str, dict[str, Any]]] = []

    def __call__(
        self, template: str, *, locale: str, brand: Brand, today: date, **values: Any
    ) -> FakeWritten:
        self.wrote.append((template, {"locale": locale, "brand": brand, **values}))
        return FakeWritten(f"{template} {locale}", f"<p>{template}</p>", template)
