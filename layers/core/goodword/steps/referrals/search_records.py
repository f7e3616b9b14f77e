"""Find a referrer, a referral or a credit by a typed text: a name, an address, an id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from goodword.domain.record import dataclass
from goodword.domain.referrals.search_term import (
    START,
    SearchTerm,
    fits,
    id_term,
    mail_term,
    split_terms,
)
from goodword.domain.referrers.referrer import OWN_ID
from goodword.ports.stores import Stores

FoundKind = Literal["referrer", "referral", "credit"]
MOST_SHOWN: Final = 30
# The most rows that one search scans, page by page; beyond that the search asks for more letters.
A_LOOK: Final = 100
MOST_LOOKS: Final = 5
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One result.

    label: a name, or empty. note: distinguishes it from others of that name.
    """

    kind: FoundKind
    id: str
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The results of a search, referrers before referrals.

    exact: the search was for its id. more: not all rows were scanned. short: a term is too short
    for the search.
    """

    hits: tuple[Hit, ...]
    exact: bool = False
    more: bool = False
    short: bool = False


def search_records(text: str, *, identity_key: str, stores: Stores) -> Found:
    """Return the results of a text: each of its terms must begin a term of the name or company.

    An e-mail address finds its owners, an id its record, an account its referrers.
    """
    asked = text.strip()[:LONGEST]
    by_id = _by_id(asked, stores)
    whole = [mail_term(identity_key, asked)] if "@" in asked else []
    if OWN_ID.fullmatch(asked) is not None:
        whole.append(id_term(asked))
    found = Found(())
    for term in whole:
        found = found if found.hits else _all_of(term, (), stores, exactly=True)
    found = found if found.hits else _by_terms(split_terms(asked), stores)
    if by_id is None:
        return found
    # An id that a company chose may also be a person's name.
    others = tuple(hit for hit in found.hits if (hit.kind, hit.id) != (by_id.kind, by_id.id))
    return Found((by_id, *others), exact=not others, more=found.more)


def _by_id(asked: str, stores: Stores) -> Hit | None:
    """Return the record with this id; ids are case-sensitive."""
    if OWN_ID.fullmatch(asked) is None:
        return None
    if asked.startswith("cr_"):
        credit = stores.credits.get(asked)
        if credit is not None:
            return Hit("credit", asked, note=credit.referral)
    if asked.startswith("rf_") and stores.referrals.get(asked) is not None:
        return Hit("referral", asked)
    referrer = stores.referrers.get(asked)
    return None if referrer is None else Hit("referrer", asked, referrer.name, referrer.account)


def _by_terms(terms: tuple[str, ...], stores: Stores) -> Found:
    """Scan the rows of the longest term, which are the fewest, for those that match all terms."""
    if not terms:
        return Found(())
    longest = max(terms, key=len)
    found = _all_of(longest, terms, stores, exactly=len(longest) < START)
    short = len(longest) < START
    return Found(found.hits, more=found.more, short=short)


def _all_of(term: str, wanted: tuple[str, ...], stores: Stores, *, exactly: bool) -> Found:
    rows: list[SearchTerm] = []
    after: str | None = None
    for _ in range(MOST_LOOKS):
        page = stores.search_terms.beginning(term, A_LOOK, after)
        rows.extend(
            row for row in page.items if fits(row, wanted) and (row.term == term or not exactly)
        )
        after = page.more
        if after is None:
            break
    hits = _hits(rows)
    return Found(hits[:MOST_SHOWN], more=after is not None or len(hits) > MOST_SHOWN)


def _hits(rows: Iterable[SearchTerm]) -> tuple[Hit, ...]:
    """Return each person once, referrers before referrals, by name."""
    hits = dict.fromkeys(Hit(row.kind, row.id, row.label, row.note) for row in rows)
    return tuple(
        sorted(hits, key=lambda each: (each.kind != "referrer", each.label.casefold(), each.id))
    )
