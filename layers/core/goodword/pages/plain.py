"""A page with a heading and a few sentences: thanks, not found, an error.

For functions that load neither templates nor catalogues, such as the redirect: the texts are here,
in each language.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from goodword.domain.locale import read_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;"
    "color:#1c2330;background:#fbfaf7}h1{font-size:1.6rem;line-height:1.25}p{color:#454f60}"
)

_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


# A heading and its sentences, by subject and by language; the first language is the default.
PAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "nowhere": {
        "en": (
            "This link leads nowhere",
            "It may have been mistyped, or it is no longer in use.",
            "Ask the person who gave it to you for a new one.",
        ),
        "es": (
            "Este enlace no lleva a ninguna parte",
            "Puede que esté mal escrito o que ya no se use.",
            "Pida uno nuevo a la persona que se lo dio.",
        ),
    },
    "later": {
        "en": ("One moment, please", "We cannot look up this link right now.", "Please try again."),
        "es": (
            "Un momento, por favor",
            "Ahora mismo no podemos abrir este enlace.",
            "Inténtelo de nuevo.",
        ),
    },
    "thanks": {
        "en": ("Thank you", "We have your details and will be in touch shortly."),
        "es": ("Gracias", "Tenemos sus datos y nos pondremos en contacto con usted en breve."),
    },
    "not now": {
        "en": ("One moment, please", "We cannot save your details right now.", "Please try again."),
        "es": (
            "Un momento, por favor",
            "Ahora mismo no podemos recibir sus datos.",
            "Inténtelo de nuevo.",
        ),
    },
    "too many": {
        "en": ("Too many tries today", "Please try again tomorrow."),
        "es": ("Demasiados intentos por hoy", "Vuelva a intentarlo mañana, por favor."),
    },
    "closed": {
        "en": (
            "This offer is closed right now",
            "It has not started yet, is paused, or has ended.",
        ),
        "es": (
            "Esta oferta está cerrada por ahora",
            "No ha empezado, está en pausa o ha terminado.",
        ),
    },
    "link": {
        "en": (
            "Open the link again",
            "Part of it is missing, or you opened it a long time ago.",
            "Then sign up again.",
        ),
        "es": (
            "Vuelva a abrir el enlace",
            "No está completo o lo abrió hace mucho tiempo.",
            "Inscríbase entonces de nuevo.",
        ),
    },
    "wrong": {
        "en": ("One field needs a correction", "Go back, check the form, and send it again."),
        "es": (
            "Hay un campo por corregir",
            "Vuelva atrás, revise el formulario y envíelo de nuevo.",
        ),
    },
}
# The sentence for a wrong field of a signup, in the place of the last one of "wrong".
FIELDS = {
    "name": {"en": "Go back and enter your name.", "es": "Vuelva atrás y escriba su nombre."},
    "email": {
        "en": "Go back and enter your full email address, such as name@example.com.",
        "es": "Vuelva atrás y escriba su dirección de correo completa, "
        "por ejemplo nombre@example.com.",
    },
    "phone": {
        "en": "Go back and enter a phone number with its area code; from abroad, with + and "
        "country code.",
        "es": "Vuelva atrás y escriba un teléfono con su código de área; desde otro país, con + y "
        "código de país.",
    },
    "company": {
        "en": "Go back and enter the name of your company.",
        "es": "Vuelva atrás y escriba el nombre de su empresa.",
    },
    "company_size": {
        "en": "Go back and enter how many people work there, as a whole number such as 12.",
        "es": "Vuelva atrás y escriba cuántas personas trabajan allí, con un número como 12.",
    },
}


def language_of(headers: Mapping[str, str]) -> str:
    """Return the language of these pages for the headers of a request."""
    return read_in(headers.get("accept-language", ""), tuple(PAGES["nowhere"]))


def page_about(about: str, locale: str) -> str:
    """Return the page of a subject in PAGES."""
    return _page(PAGES[about][locale], locale)


def wrong_field(field: str, locale: str) -> str:
    """Return the page of a form with a wrong field; an unknown field is named."""
    title, sentence = PAGES["wrong"][locale]
    if field in FIELDS:
        return _page((title, FIELDS[field][locale]), locale)
    return _page((title, sentence, *([f"({field})"] if field else [])), locale)


def _page(parts: tuple[str, ...], locale: str) -> str:
    """Return a whole page; its content is text, never markup."""
    title, *sentences = parts
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f"<main><h1>{escape(title)}</h1>{paragraphs}</main></html>"
    )


def not_found_answer(headers: Mapping[str, str]) -> dict[str, object]:
    """Answer with the same page for every unknown or malformed link."""
    return answer_page(404, page_about("nowhere", language_of(headers)))


def answer_page(status: int, body: str, **headers: str) -> dict[str, object]:
    """Return a page as an answer of the HTTP API."""
    return {"statusCode": status, "headers": {**HEADERS, **headers}, "body": body}
