"""The operator's command: a noun, then a verb.

Results go to standard output, all else to standard error. Exit codes:

    0    done
    1    refused by the service, errors in a file, differences in the audit, or a failed redrive
    2    a required input is missing or not valid
    3    the network or the service did not answer; retry later
    130  stopped by Ctrl-C
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from goodword.domain.errors import Refused
from infra.cli import (
    connections,
    credits,
    crm,
    erase,
    init,
    keys,
    links,
    programs,
    referrals,
    referrers,
    secrets,
    staff,
)
from infra.cli.audits import audit
from infra.cli.context import Context, Outside
from infra.cli.errors import CliError, as_cli_error
from infra.cli.invite import invite
from infra.cli.output import Output
from infra.cli.redrive import redrive
from infra.cli.statements import statement

INTERRUPTED = 130


class Services(TyperGroup):
    """The root command: prints an error as text and exits with its code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an expected error never shows a traceback."""
        try:
            return super().invoke(ctx)
        except (CliError, Refused) as error:
            result = as_cli_error(error)
            Output().error(result)
            raise typer.Exit(result.exit_code) from None
        except (KeyboardInterrupt, typer.Abort):
            Output().note("Stopped.")
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=Services,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Goodword: introduce a peer; when they qualify, your next bill is smaller.",
    epilog="The key is read from GOODWORD_KEY or --key-file, never from the command line.",
)


@app.callback()
def root(
    ctx: typer.Context,
    url: Annotated[
        str,
        typer.Option(envvar="GOODWORD_URL", help="The deployment's address.", show_default=False),
    ] = "",
    key_file: Annotated[
        Path | None,
        typer.Option(help="A file with the key, instead of GOODWORD_KEY.", show_default=False),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the raw JSON and nothing else.")
    ] = False,
) -> None:
    """Store the global options for the command that follows."""
    outside = ctx.obj if isinstance(ctx.obj, Outside) else Outside()
    ctx.obj = Context(outside, url, key_file, as_json, ctx.call_on_close)


app.command()(init.init)
app.add_typer(secrets.app, name="secrets")
app.add_typer(programs.app, name="programs")
app.add_typer(connections.app, name="connections")
app.add_typer(referrers.app, name="referrers")
app.command()(invite)
app.add_typer(links.app, name="links")
app.add_typer(referrals.app, name="referrals")
app.command()(statement)
app.add_typer(credits.app, name="credits")
app.command()(audit)
app.command()(redrive)
app.add_typer(keys.app, name="keys")
app.add_typer(staff.app, name="staff")
app.add_typer(erase.app, name="erase")
app.add_typer(crm.app, name="crm")


def main() -> None:
    """Run the command and leave with its exit code."""
    app(prog_name="goodword")


if __name__ == "__main__":
    main()
