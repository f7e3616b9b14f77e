"""Open the tables of one deployment, each when it is first asked for.

A function uses few of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from botocore.session import Session
from pynamodb.connection import Connection
from pynamodb.models import Model

from goodword.ports.stores import Stores

# By the field of Stores: the module and the class. Those that have no class are only written in
# transactions.
_TABLES = {
    "accounts": ("accounts", "AccountTable"),
    "audits": ("audits", "AuditTable"),
    "connections": ("connections", "ConnectionTable"),
    "counts": ("counts", "CountTable"),
    "credits": ("credits", "CreditTable"),
    "referrers": ("referrers", "ReferrerTable"),
    "facts": ("facts", "FactTable"),
    "identities": ("identities", "IdentityTable"),
    "inbox": ("inbox", "InboxTable"),
    "keys": ("keys", "AccessKeyTable"),
    "ledger": ("ledger", "LedgerTable"),
    "links": ("links", "LinkTable"),
    "mails": ("mails", "MailTable"),
    "programs": ("programs", "ProgramTable"),
    "referrals": ("referrals", "ReferralTable"),
    "requests": ("requests", "RequestTable"),
    "staff": ("staff", "StaffTable"),
    "timeline": ("timeline", "TimelineTable"),
    "tokens": ("tokens", "TokenTable"),
    "unmatched": ("unmatched", "UnmatchedTable"),
    "visits": ("visits", "VisitTable"),
    "search_terms": ("search_terms", "SearchTermTable"),
}
_MODULES = (*(module for module, _ in _TABLES.values()), "clicks", "limits")
# Explicit, and short enough for a function's own time limit; the library's defaults are 15 and 30
# seconds.
CONNECT_SECONDS = 2
READ_SECONDS = 5
RETRIES = 3


def all_models() -> tuple[type[Model], ...]:
    """Load every table and return their models, by name."""
    found = {model for module in _MODULES for model in _models_of(module)}
    return tuple(sorted(found, key=lambda model: model.__name__))


def open_stores(prefix: str, region: str, session: Session | None = None) -> Stores:
    """Return the stores of the deployment: tables are named prefix, then "-", then the noun.

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
        self._models: set[type[Model]] = set()
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

            self._open(*_MODULES)  # a transaction may name any of them
            made = CommitTransaction(self._wire)
        elif field in _TABLES:
            module, name = _TABLES[field]
            self._open(module)
            made = getattr(import_module(f"goodword.store.{module}"), name)()
        else:
            raise AttributeError(field)
        setattr(self, field, made)
        return made

    def _open(self, *modules: str) -> None:
        """Name the tables of these modules, and let them speak through the one client."""
        wanted = {model for module in modules for model in _models_of(module)} - self._models
        self._models |= wanted
        for model in wanted:
            meta: Any = model.Meta
            meta.table_name = f"{self._prefix}-{vars(model)['noun']}"
            meta.region = self._region
            meta.connect_timeout_seconds = CONNECT_SECONDS
            meta.read_timeout_seconds = READ_SECONDS
            meta.max_retry_attempts = RETRIES
            model._connection = None
            table = model._get_connection()
            self._wire.add_meta_table(table.get_meta_table())
            table.connection = self._wire


def _models_of(module: str) -> list[type[Model]]:
    stored = vars(import_module(f"goodword.store.{module}"))
    return [
        each
        for each in stored.values()
        if isinstance(each, type) and issubclass(each, Model) and "noun" in vars(each)
    ]
