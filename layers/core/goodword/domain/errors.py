"""The errors of this house, as one tree.

GoodwordError
├── Refused              the caller can mend it; has what, where and what to do
│   ├── BadInput         422  a field is missing, of the wrong type or out of range
│   ├── Unreadable       400  the body cannot be read at all
│   ├── Forged           401  a key, signature or token that does not hold
│   ├── Forbidden        403  the key is good and its scope is too small
│   ├── NotFound         404  no such thing
│   ├── Clash            409  the thing exists and is another
│   ├── Gone             410  a link of a mail that was used, or whose time is up
│   ├── OutOfDate        412  If-Match names an older version, or is missing (428)
│   ├── TooLarge         413  the body is over its limit
│   ├── WrongMedia       415  the body is of a type that is not taken here
│   └── TooMany          429  one source asks too often
├── NotReady             503  a secret or setting of ours is missing: try again later
├── Contended            a concurrent writer won; read again and repeat
│   └── Failed               the same, with the write whose condition did not hold
└── Unavailable          a system outside did not answer in time: try again later
"""

from __future__ import annotations


class GoodwordError(Exception):
    """Root of every error that the house raises on purpose."""


class Refused(GoodwordError):
    """A request that the caller can mend.

    what: one sentence that says what is wrong. where: the field, header or line. remedy: what to do.
    """

    status = 400
    title = "Bad request"

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy


class BadInput(Refused):
    """A field is missing, of the wrong type or out of its range."""

    status = 422
    title = "A field is not right"


class Unreadable(Refused):
    """The body cannot be read at all: bad encoding, bad JSON, not an object."""

    status = 400
    title = "The body cannot be read"


class Forged(Refused):
    """A key, signature or token is missing or does not hold."""

    status = 401
    title = "Not authenticated"


class Forbidden(Refused):
    """The key is good, but its scope does not cover this."""

    status = 403
    title = "Not allowed"


class NotFound(Refused):
    """There is no such thing at this address."""

    status = 404
    title = "Not found"


class Clash(Refused):
    """The thing exists already and is not the same."""

    status = 409
    title = "In conflict"


class Gone(Refused):
    """A link of a mail was used already, or its time is up; `where` says which: used or expired."""

    status = 410
    title = "No longer valid"


class OutOfDate(Refused):
    """If-Match names a version that is not the current one."""

    status = 412
    title = "Out of date"


class MatchRequired(OutOfDate):
    """If-Match is missing on a write that needs it."""

    status = 428
    title = "If-Match is required"


class TooLarge(Refused):
    """The body is over its limit."""

    status = 413
    title = "Too large"


class WrongMedia(Refused):
    """The body is of a media type that this address does not take."""

    status = 415
    title = "Unsupported media type"


class TooMany(Refused):
    """One source asks more often than a person would."""

    status = 429
    title = "Too many requests"


class NotReady(GoodwordError):
    """A secret or setting of ours is missing; the sender should try again later."""


class Contended(GoodwordError):
    """A concurrent writer won: what was read is no longer so. Read again and repeat."""


class Unavailable(GoodwordError):
    """A system outside (a CRM, Stripe) did not answer in time, or answered that it cannot now."""


class Failed(Contended):
    """A write's condition did not hold; `position` says which of the writes it was."""

    def __init__(self, position: int) -> None:
        super().__init__(f"the condition of write {position} did not hold")
        self.position = position
