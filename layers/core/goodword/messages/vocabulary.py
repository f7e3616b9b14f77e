"""Every code of a reason and every kind of event, joined from the nouns that declare them."""

from __future__ import annotations

from typing import Final, Literal

from goodword.domain.credits.audit import DIFFERENCES
from goodword.domain.credits.credit_reason import CREDIT_EVENTS, CREDIT_REASONS, HOLDS
from goodword.domain.credits.posting import SEND_REFUSALS
from goodword.domain.crm_copy.delivery import DELIVERY_OUTCOMES
from goodword.domain.mails.mail import MAIL_REASONS
from goodword.domain.programs.criterion import CRITERION_REASONS
from goodword.domain.programs.limit import LIMITS_REACHED
from goodword.domain.programs.program import PROGRAM_STATES
from goodword.domain.reason import Vocabulary
from goodword.domain.referrals.flag import FLAGS
from goodword.domain.referrals.referral import CLOSINGS, DUPLICATES, REFERRAL_EVENTS, REFUSALS

Audience = Literal["referrer", "rep", "finance", "staff"]

REASONS: Final[Vocabulary] = {
    **CRITERION_REASONS,
    **REFUSALS,
    **CLOSINGS,
    **DUPLICATES,
    **FLAGS,
    **HOLDS,
    **CREDIT_REASONS,
    **LIMITS_REACHED,
    **SEND_REFUSALS,
    **PROGRAM_STATES,
    **DELIVERY_OUTCOMES,
    **MAIL_REASONS,
    **DIFFERENCES,
}
EVENTS: Final[Vocabulary] = {**REFERRAL_EVENTS, **CREDIT_EVENTS}
