"""Search terms: one row for each term of a referrer's or prospect's name and company.

A row is found by the first letters of its term, so that a prefix of a name is enough. An e-mail
address is a term too, as its keyed hash: it is found as a whole only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal

from goodword.domain.contact import address_key, keyed_hash
from goodword.domain.record import dataclass
from goodword.domain.referrals.referral import Referral
from goodword.domain.referrers.referrer import Referrer

SearchTermKind = Literal["referrer", "referral"]
# The most letters of a term that are indexed; longer search input is cut.
MOST_TERMS: Final = 8
LONGEST: Final = 40
# How many letters select the rows to scan.
START: Final = 3
# Letters that Unicode does not decompose into a base letter and a mark.
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
# Begins a term that is found as a whole only; no term of a name begins so.
_WHOLE: Final = ("@", "=")
_JOINS: Final = re.compile("['\u2019\u02bc`\u00b4]")


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """One term by which one person is found.

    id: of the referrer or the referral. label: name and company as written. note: distinguishes it
    from others of the same name, such as the account; no personal data.
    """

    term: str
    kind: SearchTermKind
    id: str
    label: str
    note: str = ""

    @property
    def start(self) -> str:
        """Return the letters by which the row is looked up."""
        return start_of(self.term)

    @property
    def place(self) -> str:
        """Return the sort key of the row among those of its start; rows sort by their term."""
        return f"{self.term}#{self.kind}#{self.id}"


def start_of(term: str) -> str:
    """Return the key of the rows to scan: the first letters, or a whole-only term in full."""
    return term if term.startswith(_WHOLE) else term[:START]


def split_terms(text: str) -> tuple[str, ...]:
    """Return the terms of a text without case, accents and punctuation, each once, in order.

    O'Brien is one term and García-López are two, as people type them.
    """
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    joined = _JOINS.sub("", "".join(sign for sign in apart if not unicodedata.combining(sign)))
    letters = "".join(sign if sign.isalnum() else " " for sign in joined)
    return tuple(dict.fromkeys(term[:LONGEST] for term in letters.split()))


def mail_term(identity_key: str, email: str) -> str:
    """Return the term of an e-mail address, which does not reveal it."""
    return f"@{keyed_hash(identity_key, address_key(email))}"


def id_term(text: str) -> str:
    """Return an id as one term, regardless of its punctuation, distinct from terms of names."""
    return f"={text.casefold()[:64]}"


def search_terms_of_referrer(referrer: Referrer, identity_key: str) -> tuple[SearchTerm, ...]:
    """Return the rows of a referrer: name, company, e-mail, account, the CRM's id.

    A writer that changes one of these must remove the old rows and insert the new ones in one
    transaction, since an erasure removes the rows that the current record implies.
    """
    if referrer.erased_at is not None:
        return ()
    label = _label(referrer.name, referrer.company)
    ids = [id_term(each) for each in (referrer.account, referrer.crm_id) if each]
    mail = mail_term(identity_key, referrer.email)
    names = split_terms(label)[:MOST_TERMS]
    return _rows((*names, *ids, mail), "referrer", referrer.referrer, label, referrer.account)


def search_terms_of_referral(referral: Referral, identity_key: str) -> tuple[SearchTerm, ...]:
    """Return the rows of a prospect: name, company, e-mail."""
    prospect = referral.prospect
    label = _label(prospect.name, prospect.company)
    ids = (mail_term(identity_key, prospect.email),) if prospect.email else ()
    names = split_terms(label)[:MOST_TERMS]
    return _rows((*names, *ids), "referral", referral.referral, label, referral.program)


def _label(name: str, company: str) -> str:
    return ", ".join(part for part in (name.strip(), company.strip()) if part)


def _rows(
    terms: Iterable[str], kind: SearchTermKind, id_: str, label: str, note: str
) -> tuple[SearchTerm, ...]:
    return tuple(SearchTerm(term, kind, id_, label, note) for term in dict.fromkeys(terms))


def fits(term: SearchTerm, wanted: Iterable[str]) -> bool:
    """Return whether each of the wanted terms begins one of the person's terms.

    A person's terms are those of the label, or the row's own.
    """
    stored = (term.term, *split_terms(term.label))
    return all(any(each.startswith(part) for each in stored) for part in wanted)
