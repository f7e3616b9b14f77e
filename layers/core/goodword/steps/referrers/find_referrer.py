"""Find a referrer: enrolled, or one who may recommend."""

from __future__ import annotations

from goodword.domain.errors import NotFound
from goodword.domain.referrers.referrer import Referrer
from goodword.ports.stores import Stores


def recommending_referrer(referrer: str, *, stores: Stores) -> Referrer:
    """Return a referrer who may recommend; raise NotFound without one or after an erasure."""
    stored = enrolled_referrer(referrer, stores=stores)
    if stored.erased_at is not None:
        raise NotFound(
            f"the person of referrer {referrer!r} was erased",
            where="referrer",
            remedy="Enroll another person under an id of their own.",
        )
    return stored


def enrolled_referrer(referrer: str, *, stores: Stores) -> Referrer:
    """Return a referrer; raise NotFound for an unknown id."""
    stored = stores.referrers.get(referrer)
    if stored is None:
        raise NotFound(
            f"there is no referrer {referrer!r}",
            where="referrer",
            remedy="Enroll them first: POST /v1/referrers.",
        )
    return stored
