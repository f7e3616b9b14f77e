"""Click tokens and bearer keys against thousands of forgeries.

See tests/crm/test_hostile.py for webhooks.
"""

import random
from datetime import UTC, datetime

from goodword.domain.access.api_key import (
    AccessKey,
    check_access,
    hash_secret,
    split_bearer,
    write_bearer,
)
from goodword.domain.errors import Forged
from goodword.domain.links.link import check_token, split_token
from goodword.domain.links.visit import write_token
from tests.crm.test_hostile import HOSTILE_INPUTS, broken_text

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
KEY = "k" * 40
TOKEN = write_token("ana-link", "click-1", AT, KEY)
SECRET = "s" * 40
STORED = AccessKey("abcdefgh", hash_secret(SECRET), ("admin",), "a test's", AT)
BEARER = f"Bearer {write_bearer('abcdefgh', SECRET)}"


def forgeries(good):
    """Yield broken forms of a good text, each with the number under which it comes again."""
    number = tried = 0
    while tried < HOSTILE_INPUTS:
        number += 1
        broken = broken_text(good, random.Random(number))  # noqa: S311
        if broken != good:
            tried += 1
            yield number, broken


def test_no_broken_click_token_is_accepted():
    check_token(TOKEN, KEY)
    accepted = []
    for number, broken in forgeries(TOKEN):
        try:
            split_token(broken)
            check_token(broken, KEY)
        except Forged:
            continue
        accepted.append(number)
    assert accepted == []


def test_no_broken_bearer_key_is_accepted():
    assert check_access(STORED, SECRET, "admin") == STORED
    accepted = []
    for number, broken in forgeries(BEARER):
        try:
            name, secret = split_bearer(broken)
            check_access(STORED if name == STORED.key else None, secret, "read")
        except Forged:
            continue
        # The scheme may be in either case, and white space is no part of a header.
        if broken.partition(" ")[2].strip() != BEARER.partition(" ")[2]:
            accepted.append(number)
    assert accepted == []
