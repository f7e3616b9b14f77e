"""The errors of commands, with their exit codes.

CliError               1  the service refused it, or a file holds errors
├── Usage              2  a required input is missing or not valid
└── NotNow             3  the network or the service did not answer: retry later
"""

from __future__ import annotations

from goodword.domain.errors import Refused


class CliError(Exception):
    """An error for the user: what is wrong, where, and what to do.

    status: the HTTP status of the response, 0 without one.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "", status: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.status = status


class Usage(CliError):
    """A required input is missing or has the wrong form."""

    exit_code = 2


class NotNow(CliError):
    """The service did not answer in time, or asked to retry later."""

    exit_code = 3


def as_cli_error(error: CliError | Refused) -> CliError:
    """Return a Refused of the domain as an error of the command."""
    if isinstance(error, CliError):
        return error
    return CliError(error.what, where=error.where, remedy=error.remedy)


def one_line(error: CliError | Refused) -> str:
    """Return an error in one line, as compilers print it: where: what. what to do."""
    what = error.what if error.what.endswith(".") else f"{error.what}."
    where = f"{error.where}: " if error.where else ""
    return f"{where}{what} {error.remedy}".rstrip()
