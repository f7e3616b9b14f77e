"""Targets: the addresses that links of a program may redirect to."""

from __future__ import annotations

from urllib.parse import urlsplit

from goodword.domain.errors import BadInput
from goodword.domain.programs.token_parameter import TOKEN_PARAMETER, is_token


def check_target(target: str, hosts: tuple[str, ...]) -> str:
    """Return a link's target if it is allowed: https, a listed host, no user, the default port.

    A target with a click token, such as an address copied after following a link, is refused.
    """
    try:
        parts = urlsplit(target)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if any(map(is_token, parts.query.split("&"))):
        raise BadInput(
            f"the target has the parameter {TOKEN_PARAMETER}, which is for the click's token",
            where="target",
            remedy=f"Remove {TOKEN_PARAMETER} from the address; it may belong to another link.",
        )
    if not hosts:
        raise BadInput(
            "this program allows no link targets: its links lead to its landing page",
            where="target",
            remedy="Omit target, or set targets and default_target in the program's file.",
        )
    local = parts.hostname in ("localhost", "127.0.0.1")
    if (
        parts.scheme not in (("http", "https") if local else ("https",))
        or (parts.hostname or "").lower() not in hosts
        or "@" in parts.netloc
        or (port not in (None, 443) and not local)
        or not target.isascii()
        or any(ord(sign) <= 32 or sign in '\\"<>' for sign in target)
        or len(target) > 500
    ):
        raise BadInput(
            "the target is not an allowed address of this program",
            where="target",
            remedy=f"Use an https address of one of these hosts: {', '.join(hosts)}.",
        )
    return target
