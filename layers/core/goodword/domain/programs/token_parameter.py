"""The query parameter that carries the token of a click. The redirect loads it: keep it small."""

from __future__ import annotations

import re

TOKEN_PARAMETER = "gw"  # noqa: S105 - the name of a query parameter, not a secret


def is_token(pair: str) -> bool:
    """Return whether a site may read this parameter as the token: PHP does so for "gw[]"."""
    return parameter_name(pair).strip(" ").lower().partition("[")[0] == TOKEN_PARAMETER


def parameter_name(pair: str) -> str:
    """Return the name of a parameter, with its percent-encoded ASCII characters decoded."""
    name = pair.partition("=")[0].replace("+", " ")
    return re.sub("%([0-7][0-9A-Fa-f])", lambda found: chr(int(found[1], 16)), name)
