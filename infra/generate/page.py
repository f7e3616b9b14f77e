"""Generate docs/access.md: the access patterns of each table and the rights of each function."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from importlib import import_module

from infra.access import Access, Pattern, Services, load_access
from infra.generate.writer import LINE

HEAD = """\
# What each function may touch

<!-- Generated from infra/access.yaml by `make generate`: change that file, not this page. -->

The questions that each table is asked come first: the action of DynamoDB, the key, and which
functions ask. Then comes what each function may do, all in all. Each has a role of its own that
allows this and the writing of its own log, and nothing else: `infra/generated/roles.yaml`.
"""


def render_page() -> str:
    """Return the page."""
    access = load_access()
    parts = [
        HEAD,
        "## Table by table\n",
        *(_table(each, access) for each in access.tables()),
        "## Function by function\n",
        *(_section(each, map(_item, _rights(each, access))) for each in access.functions),
    ]
    return "\n".join(parts)


def _section(title: str, items: Iterable[str]) -> str:
    return f"### {title}\n\n{''.join(items)}"


def _table(name: str, access: Access) -> str:
    """Return the section of a table, which begins with the docstring of its module."""
    says = str(import_module(f"goodword.store.{name}").__doc__).partition("\n\n")[0].strip()
    return _section(name, [f"{says}\n\n", *map(_question, access.of_table(name))])


def _question(pattern: Pattern) -> str:
    question = pattern.question[0].upper() + pattern.question[1:]
    askers = _listed(pattern.asked_by) or "no function of the core"
    if pattern.stream:
        return _item(f"**{question}**: the table's stream. Read by {askers}.")
    index = f" of the index `{pattern.index}`" if pattern.index else ""
    actions = _listed(pattern.actions)
    return _item(f"**{question}**: {actions}{index} by {pattern.key}. Asked by {askers}.")


def _rights(function: str, access: Access) -> Iterator[str]:
    for target, actions in sorted(access.table_rights(function).items()):
        table, _, part = target.partition("/")
        if part == "stream":
            yield f"{table}: its stream"
        elif part:
            yield f"{table}, index `{part}`: {_listed(sorted(actions))}"
        else:
            yield f"{table}: {_listed(sorted(actions))}"
    services = access.functions[function]
    for what, named in (
        ("Parameters", services.parameters),
        ("Sends to the queues", services.sends_to),
        ("Receives from the queues", services.receives_from),
    ):
        if named:
            yield f"{what} {_listed(named)}"
    if services.sends_mail:
        yield "Sends mail through SES, as the sender"
    if services.publishes:
        yield "Puts events on the stack's own bus"
    if not access.of_function(function) and services == Services():
        yield "Its own log alone"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _item(text: str) -> str:
    wrapped = textwrap.wrap(
        f"- {text}",
        LINE,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(wrapped) + "\n"
