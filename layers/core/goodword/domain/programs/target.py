"""Targets: the addresses to which links of a program may lead."""

from __future__ import annotations

from urllib.parse import urlsplit

from goodword.domain.errors import BadInput
from goodword.domain.programs.token_parameter import TOKEN_PARAMETER, is_token


def check_target(target: str, hosts: tuple[str, ...]) -> str:
    """Return the address if a link may lead there: https, an allowed host, no user, no odd port.

    The address has no click token either, as a copied address of a followed link would.
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
            "links of this program lead to its landing page",
            where="target",
            remedy="Leave the target out, or name targets and default_target in the program's file.",
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
            "the target is not an address that links of this program may lead to",
            where="target",
            remedy=f"Use an https address of one of these hosts: {', '.join(hosts)}.",
        )
    return target
