"""Close referrals whose time is over."""

from __future__ import annotations

from goodword.steps.qualify_referral import Qualifying, qualify_referral

BATCH = 200


def close_referrals(*, house: Qualifying) -> int:
    """Judge each overdue referral once more, which closes it, and return how many there were."""
    overdue = house.stores.referrals.overdue(house.now(), BATCH)
    for referral in overdue:
        qualify_referral(referral, house=house)
    return len(overdue)
