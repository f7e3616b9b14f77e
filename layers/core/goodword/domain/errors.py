"""All errors of the domain, as one tree. How each becomes an HTTP answer is in http/api/problem.py.

GoodwordError
├── Refused              the caller can correct it; has what, where and what to do
│   ├── BadInput         a field is missing, of the wrong type or out of range
│   ├── Unreadable       the body cannot be read at all
│   ├── Forged           a key, signature or token is missing or not valid
│   ├── Forbidden        the key is valid and its scope is too small
│   ├── NotFound         there is no such object
│   ├── Conflict         the object exists and is not the same
│   ├── Gone             a link of a mail that was used or has expired
│   ├── OutOfDate        If-Match names an older version
│   │   └── MatchRequired    If-Match is missing
│   ├── TooLarge         the body is over its limit
│   ├── WrongMedia       the media type of the body is not supported
│   └── RateLimited      one source sends too many requests
├── MissingRecord        a record that another one names is not stored
├── NotReady             a secret or setting of ours is missing: retry later
├── Contended            a concurrent writer committed first: read again and repeat
│   └── Failed               the same, with the write whose condition failed
└── Unavailable          a system outside did not answer in time: retry later
"""

from __future__ import annotations


class GoodwordError(Exception):
    """Root of every error that Goodword raises on purpose."""


class Refused(GoodwordError):
    """A request that the caller can correct.

    what: one sentence that says what is wrong. where: the field, header or line. remedy: what to
    do.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy


class BadInput(Refused):
    """A field is missing, of the wrong type or out of its range."""


class Unreadable(Refused):
    """The body cannot be read at all: bad encoding, bad JSON, not an object."""


class Forged(Refused):
    """A key, signature or token is missing or not valid."""


class Forbidden(Refused):
    """The key is valid, but its scope does not allow this."""


class NotFound(Refused):
    """The object does not exist."""


class Conflict(Refused):
    """The object exists already with other data, or its state does not allow this."""


class Gone(Refused):
    """A link of a mail was used or has expired; `where` says which: used or expired."""


class OutOfDate(Refused):
    """If-Match names a version that is not the current one."""


class MatchRequired(OutOfDate):
    """If-Match is missing on a write that needs it."""


class TooLarge(Refused):
    """The body is over its limit."""


class WrongMedia(Refused):
    """The media type of the body is not supported."""


class RateLimited(Refused):
    """One source sends more requests than its limit."""


class MissingRecord(GoodwordError):
    """A record that another one names is not stored; kind and id say which, without personal data.

    No retry mends it: a person has to find what removed the record.
    """

    def __init__(self, kind: str, id_: str) -> None:
        super().__init__(f"{kind} {id_} is not stored")
        self.kind = kind
        self.id = id_


class NotReady(GoodwordError):
    """A secret or setting of the deployment is missing; the sender should retry later."""


class Contended(GoodwordError):
    """A concurrent writer committed first: read again and retry."""


class Unavailable(GoodwordError):
    """An external system (a CRM, Stripe) did not answer in time, or is unavailable."""


class Failed(Contended):
    """A write's condition failed; `write` is that write, one of the transaction."""

    def __init__(self, write: object) -> None:
        super().__init__(f"the condition of {type(write).__name__} failed")
        self.write = write
