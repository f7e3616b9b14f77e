"""Apply what a CRM's properties mean here, as the next version of its connection."""

from __future__ import annotations

from dataclasses import replace

from goodword.domain.crm_copy.connection import Connection
from goodword.domain.errors import Failed, NotFound, OutOfDate
from goodword.ports.services import Clock
from goodword.ports.stores import Stores
from goodword.ports.writes import Insert
from goodword.steps.programs.check_version import check_match


def apply_connection(
    connection: Connection, if_match: str | None, *, stores: Stores, now: Clock
) -> Connection:
    """Store the connection's next version and return it.

    The same terms again are the same version.
    """
    stored = stores.connections.latest(connection.connection)
    current = 0 if stored is None else stored.version
    if (
        stored is not None
        and replace(connection, version=current, applied_at=stored.applied_at) == stored
    ):
        return stored
    check_match(if_match, current)
    made = replace(connection, version=current + 1, applied_at=now())
    try:
        stores.commit([Insert(made)])
    except Failed:
        raise OutOfDate("another version was applied just now", where="If-Match") from None
    return made


def current_connection(connection: str, *, stores: Stores) -> Connection:
    """Return the newest version of a connection; raise NotFound without one."""
    stored = stores.connections.latest(connection)
    if stored is None:
        raise NotFound(
            f"there is no connection {connection!r}",
            where="connection",
            remedy="Apply its file first: `goodword connections apply FILE`.",
        )
    return stored
