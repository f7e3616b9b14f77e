"""The search terms table: by which terms referrers and prospects are found."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from goodword.domain.referrals.search_term import SearchTerm, start_of
from goodword.ports.stores import Page
from goodword.store.row import Row, page_of, row_of
from goodword.store.row import start_of as start_of_page
from goodword.store.tables import Table


class SearchTermRow(Row):
    """One term of one person. start: its first letters. place: the term, and whose it is."""

    class Meta:
        table_name = "search_terms"

    start = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


def search_term_row(term: SearchTerm) -> Row:
    """Make the item of a term."""
    return row_of(SearchTermRow, term, start=term.start, place=term.place)


class SearchTermTable:
    """The words in DynamoDB."""

    def beginning(self, term: str, limit: int, after: str | None = None) -> Page[SearchTerm]:
        """Return the rows whose term begins so, by term.

        It is of three letters or more, or is whole.
        """
        found = SearchTermRow.query(
            start_of(term),
            SearchTermRow.place.startswith(term),
            limit=limit,
            last_evaluated_key=start_of_page(after),
            consistent_read=True,
        )
        return page_of(found, SearchTerm)


TABLE = Table(SearchTermRow, store=SearchTermTable, record=SearchTerm, item=search_term_row)
