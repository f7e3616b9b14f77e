"""What stops a command, and with which exit code.

CliError               1  the service refused it, or a file holds errors
├── Usage              2  the command was not given what it needs
└── NotNow             3  the network or the service did not answer: the same command may work later
"""

from __future__ import annotations

from goodword.domain.errors import Refused


class CliError(Exception):
    """A failure that its user can understand: what is wrong, where, and what to do.

    status: the HTTP status of the answer that said so, 0 without one.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "", status: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.status = status


class Usage(CliError):
    """Something that the command needs was not given, or not in the form that it takes."""

    exit_code = 2


class NotNow(CliError):
    """Nobody answered in time, or the answer was to come back later."""

    exit_code = 3


def as_cli_error(error: CliError | Refused) -> CliError:
    """Return a refusal by the domain's own rules as one of the command's errors."""
    if isinstance(error, CliError):
        return error
    return CliError(error.what, where=error.where, remedy=error.remedy)


def one_line(error: CliError | Refused) -> str:
    """Say an error in one line, as compilers do: where: what. what to do."""
    what = error.what if error.what.endswith(".") else f"{error.what}."
    where = f"{error.where}: " if error.where else ""
    return f"{where}{what} {error.remedy}".rstrip()
