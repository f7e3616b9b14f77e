"""Open the tables of one deployment, each when it is first asked for.

A function uses few of them.
"""

from __future__ import annotations

from typing import Any, cast

from botocore.session import Session
from pynamodb.connection import Connection

from goodword.ports.stores import Stores
from goodword.store.tables import TABLES, Table, load_table

# Explicit, and short enough for a function's own time limit; the library's defaults are 15 and 30
# seconds.
CONNECT_SECONDS = 2
READ_SECONDS = 5
RETRIES = 3


def open_stores(prefix: str, region: str, session: Session | None = None) -> Stores:
    """Return the stores of the deployment: tables are named prefix, then "-", then their own name.

    session: botocore's, of which there are other clients, too; what it has read of AWS is read
    once. Model classes carry their table's name, so one process serves one deployment.
    """
    return cast(Stores, _Opened(prefix, region, session))


class _Wire(Connection):
    """pynamodb's connection, over a session that it is given."""

    def __init__(self, given: Session | None, **more: Any) -> None:
        super().__init__(**more)
        self._given = given

    @property
    def session(self) -> Session:
        """Return the session that was given, or else one of this thread's own."""
        return self._given or super().session


class _Opened:
    """Stores whose fields are loaded and opened when they are first used."""

    def __init__(self, prefix: str, region: str, session: Session | None) -> None:
        self._prefix = prefix
        self._region = region
        self._opened: set[str] = set()
        # All tables speak through one client: building one for each costs a tenth of a second a
        # piece.
        self._wire = _Wire(
            session,
            region=region,
            connect_timeout_seconds=CONNECT_SECONDS,
            read_timeout_seconds=READ_SECONDS,
            max_retry_attempts=RETRIES,
        )

    def __getattr__(self, field: str) -> Any:
        made: Any
        if field == "commit":
            from goodword.store.commit import CommitTransaction

            for name in TABLES:
                self._open(name)  # a transaction may write to any of them
            made = CommitTransaction(self._wire)
        elif field in TABLES and (store := self._open(field).store) is not None:
            made = store()
        else:
            raise AttributeError(field)
        setattr(self, field, made)
        return made

    def _open(self, name: str) -> Table:
        """Name a table, and let it speak through the one client."""
        table = load_table(name)
        if name not in self._opened:
            self._opened.add(name)
            model = table.model
            meta: Any = model.Meta
            meta.table_name = f"{self._prefix}-{name}"
            meta.region = self._region
            meta.connect_timeout_seconds = CONNECT_SECONDS
            meta.read_timeout_seconds = READ_SECONDS
            meta.max_retry_attempts = RETRIES
            model._connection = None
            connection = model._get_connection()
            self._wire.add_meta_table(connection.get_meta_table())
            connection.connection = self._wire
        return table
