"""A page function: forms, cookies, languages, and every error as a page.

A page loads nothing from another host and runs only its own script. A form behind a session carries
that session's CSRF token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools import Logger

from goodword.domain.access.keyring import Keyring
from goodword.domain.access.session import (
    Kind,
    Session,
    check_form_mark,
    read_session,
    write_session,
)
from goodword.domain.errors import Forbidden, Forged, Gone, NotFound, NotReady, RateLimited, Refused
from goodword.domain.locale import LOCALES, languages_of
from goodword.domain.programs.brand import Brand
from goodword.domain.programs.reader import Reader
from goodword.domain.record import dataclass
from goodword.http.api.body import form_object, text_body
from goodword.http.api.problem import log_fields, problem_of
from goodword.http.router import APIGatewayHttpResolver, NotFoundError, Response
from goodword.messages import page_labels
from goodword.messages.sentence import Sentence
from goodword.pages.render import render_page

log = Logger()
LANGUAGE = "goodword-language"
FORM = "application/x-www-form-urlencoded"
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}
# When a client may retry: a rate limit applies per day, an outage rarely lasts an hour.
RETRY_SECONDS = {429: "3600", 503: "60"}
Event = Mapping[str, Any]
NEUTRAL = Brand("")
# The staff's pages belong to no program.
CONSOLE = Brand("Goodword")


def web() -> APIGatewayHttpResolver:
    """Return a resolver for one function's pages."""
    return APIGatewayHttpResolver(enable_validation=False, serializer=json.dumps)


def serve(
    app: APIGatewayHttpResolver,
    event: dict[str, Any],
    context: Any,
    today: Callable[[], date],
    whom: Callable[[], Reader] = Reader,
) -> dict[str, Any]:
    """Route one event; show any error on a page, in the reader's language.

    whom: finds the page's reader by a valid session.
    """

    def show_error(error: Exception) -> Response[str]:
        reader = _reader_of(error, whom)
        locale = locale_of(event, own=reader.locale)
        return error_page(error, locale, today(), reader.brand, writes=_writes(event))

    if _of_another_site(event):
        refused = show_error(Forbidden("this form was sent from another site", where="form"))
        headers = {**refused.headers, "content-type": refused.content_type}
        return {"statusCode": refused.status_code, "headers": headers, "body": refused.body}
    app.not_found(lambda _: show_error(NotFound("there is no such page")))
    app.exception_handler(NotFoundError)(lambda _: show_error(NotFound("there is no such page")))
    app.exception_handler(Exception)(show_error)
    return app.resolve(event, context)


def _reader_of(error: Exception, whom: Callable[[], Reader]) -> Reader:
    if not isinstance(error, Refused):
        return Reader()  # the failed dependency is not called once more
    try:
        return whom()
    except Exception as another:
        # TRY400: a traceback's text may quote personal data.
        log.error("the reader of the error page is unknown", extra=log_fields(another))  # noqa: TRY400
        return Reader()


def _writes(event: Event) -> bool:
    """Return whether a request may change data: only the POST of a page's form does."""
    return bool(event["requestContext"]["http"]["method"] == "POST")


def _of_another_site(event: Event) -> bool:
    """Return whether a browser sends this form from a page of another site.

    Such a form could sign a person in or out. Browsers send a header that no page can change; a
    client without it is not a current browser. A one-click unsubscribe comes from the page of a
    mail program. Origin does not work here: under this site's referrer-policy it is null. Source:
    www.w3.org/TR/fetch-metadata/
    """
    if not _writes(event):
        return False
    if str(event.get("rawPath", "")).startswith("/unsubscribe/"):
        return False
    return (event.get("headers") or {}).get("sec-fetch-site", "") in ("cross-site", "same-site")


def html(status: int, text: str, cookies: Sequence[str] = (), **headers: str) -> Response[str]:
    """Answer with a page.

    cookies: from set_cookie or clear_cookie.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: dict[str, Any] = {**HEADERS, **named}
    return _with_cookies(Response(status, "text/html; charset=utf-8", text, answer), cookies)


def see_other(path: str, cookies: Sequence[str] = ()) -> Response[str]:
    """Redirect the browser to a page of this site by GET, so that a reload repeats nothing."""
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError("a page redirects to its own site only")
    answer = {name: value for name, value in HEADERS.items() if name != "content-security-policy"}
    return _with_cookies(Response(303, "text/plain", "", {**answer, "location": path}), cookies)


def sign_in_path(program: str) -> str:
    """Return the path of the referrers' sign-in page; program: whose brand it shows, or empty."""
    return "/portal/sign-in" + (f"?program={quote(program, safe='')}" if program else "")


def page_form(event: Event) -> dict[str, str]:
    """Return the fields of a form; raise a Refused if it cannot be read."""
    _, text = text_body(event, (FORM,))
    return form_object(text)


def locale_of(event: Event, offered: Sequence[str] = LOCALES, own: str = "") -> str:
    """Return the language of a page.

    In order: the address's, the reader's own, the cookie's, the browser's.
    """
    asked = (event.get("queryStringParameters") or {}).get("lang", "")
    chosen = sent_cookie(event, LANGUAGE) or ""
    wanted = languages_of((event.get("headers") or {}).get("accept-language", ""))
    return next((each for each in (asked, own, chosen, *wanted) if each in offered), offered[0])


def language_cookie(locale: str, path: str, *, secure: bool) -> str:
    """Write the header that stores a chosen language for a year, for the pages below a path."""
    kept = f"{LANGUAGE}={locale}; Path={path}; Max-Age=31536000; HttpOnly; SameSite=Lax"
    return f"{kept}; Secure" if secure else kept


def sent_cookie(event: Event, name: str) -> str | None:
    """Return a cookie that came with a request, or None."""
    jar: SimpleCookie = SimpleCookie()
    # Amazon's gateway sends cookies as a list; its local stand-in may send them as a header.
    sent = [*(event.get("cookies") or ()), (event.get("headers") or {}).get("cookie", "")]
    try:
        jar.load("; ".join(each for each in sent if each))
    except CookieError:
        return None
    stored = jar.get(name)
    return None if stored is None else stored.value


# --- sessions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cookies:
    """Read and write the cookie of a session.

    secure: whether pages are served by https, as they must be.
    """

    keys: Keyring
    secure: bool

    def session(self, event: Event, kind: Kind, now: datetime) -> Session | None:
        """Return the valid session, or None."""
        stored = sent_cookie(event, self._name(kind))
        return None if stored is None else read_session(stored, kind, self.keys, now)

    def leave(self, event: Event, kind: Kind) -> list[str]:
        """Write the header that removes a session from a browser that sent one."""
        return [] if sent_cookie(event, self._name(kind)) is None else [self.close(kind)]

    def open(self, session: Session, now: datetime) -> str:
        """Write the header that stores a session in the browser until it expires."""
        lasts = int((session.expires_at - now).total_seconds())
        return self._write(session.kind, write_session(session, self.keys.signs), lasts)

    def close(self, kind: Kind) -> str:
        """Write the header that removes a session from the browser."""
        return self._write(kind, "", 0)

    def _write(self, kind: Kind, value: str, seconds: int) -> str:
        secure = "; Secure" if self.secure else ""
        return (
            f"{self._name(kind)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
        )

    def _name(self, kind: Kind) -> str:
        # With this prefix browsers reject the cookie from any other host or path; it requires
        # https.
        return f"{'__Host-' if self.secure else ''}goodword-{kind}"


def guarded_form(event: Event, session: Session, keys: Keyring) -> dict[str, str]:
    """Return the fields of a form behind a session, without its CSRF token.

    Raises Forbidden if the form does not carry the session's CSRF token.
    """
    fields = page_form(event)
    check_form_mark(fields.pop("mark", ""), session, keys)
    return fields


# --- error pages ----------------------------------------------------------------------------------


def error_page(
    error: Exception, locale: str, today: date, brand: Brand = NEUTRAL, *, writes: bool = False
) -> Response[str]:
    """Show a person an error and its remedy; an internal error shows no internals.

    writes: whether the request may have changed data.
    """
    status = problem_of(error)["status"]
    if status >= 500:
        log.error("a page failed", extra=log_fields(error))
    return message_page(status, _sentences(error, writes=writes), locale, today, brand)


def message_page(
    status: int,
    texts: Sequence[Sentence],
    locale: str,
    today: date,
    brand: Brand = NEUTRAL,
    link: tuple[str, Sentence] | None = None,
) -> Response[str]:
    """Answer with a heading and sentences.

    link: the path of a button, and its label.
    """
    heading, *sentences = texts
    text = render_page(
        "message",
        locale=locale,
        brand=brand,
        today=today,
        heading=heading,
        sentences=sentences,
        link=link,
    )
    return html(
        status, text, **({"retry_after": RETRY_SECONDS[status]} if status in RETRY_SECONDS else {})
    )


def _sentences(error: Exception, *, writes: bool) -> tuple[Sentence, ...]:
    if isinstance(error, NotFound):
        return (
            page_labels.NO_SUCH_PAGE,
            page_labels.MAYBE_MISTYPED,
            page_labels.ASK_FOR_NEW_ADDRESS,
        )
    if isinstance(error, Forged):
        return (
            page_labels.LINK_NOT_COMPLETE,
            page_labels.OPEN_FROM_EMAIL,
        )
    if isinstance(error, Gone) and error.where == "used":
        return (
            page_labels.LINK_USED,
            page_labels.USED_ASK_FOR_NEW_LINK,
        )
    if isinstance(error, Gone):
        return (page_labels.LINK_EXPIRED, page_labels.ASK_FOR_NEW_LINK)
    if isinstance(error, RateLimited):
        # Every rate limit applies per day.
        return (page_labels.RATE_LIMITED, page_labels.TRY_TOMORROW)
    if isinstance(error, Refused):
        return (
            page_labels.REFUSED,
            page_labels.REQUEST_IS_WRONG,
            page_labels.RELOAD_AND_TRY_AGAIN,
        )
    if not writes:
        what, then = page_labels.CANNOT_SHOW, page_labels.TRY_IN_A_MINUTE
    elif isinstance(error, NotReady):
        what = page_labels.CANNOT_CHANGE
        then = page_labels.TRY_IN_A_MINUTE
    else:  # The error may have come after the write.
        what = page_labels.OUTCOME_UNKNOWN
        then = page_labels.CHECK_IN_A_MINUTE
    return (page_labels.ONE_MOMENT, what, then)


def _with_cookies(response: Response[str], cookies: Sequence[str]) -> Response[str]:
    # Cookies are a list of their own: the gateway joins headers of one name by commas, which breaks
    # cookies.
    response.cookies.extend(cookies)  # type: ignore[arg-type]  # a text is sent as it is
    return response
