"""The list of CRMs."""

import subprocess
import sys

import pytest

from goodword.crm import KINDS, crm_for
from goodword.domain.errors import NotReady


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_module_that_holds_to_the_contract(kind):
    crm = crm_for(kind)
    for name in ("verify", "delivery_id", "read", "acknowledge"):
        assert callable(getattr(crm, name))


def test_a_kind_that_does_not_exist_is_our_configuration_to_mend():
    with pytest.raises(NotReady, match="rolodex"):
        crm_for("rolodex")


@pytest.mark.parametrize("kind", KINDS)
def test_the_property_with_our_referral_id_can_be_named(kind):
    assert crm_for(kind, referral_property="their_name").referral_property == "their_name"


def test_listing_the_kinds_imports_none_of_their_modules():
    code = "import sys, goodword.crm; assert not any(m.startswith('goodword.crm.') for m in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "salesforce_outbound"])
def test_a_crm_that_needs_no_text_is_answered_with_an_empty_object(kind):
    assert crm_for(kind).acknowledge() == ("application/json", "{}")
