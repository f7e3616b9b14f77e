"""The parameter of the click token, in the spellings that sites accept."""

import pytest

from goodword.domain.programs.token_parameter import is_token, parameter_name


@pytest.mark.parametrize("pair", ["gw=t", "gw", "GW=t", "g%77=t", "+gw=t", "%20gw=t", "gw[]=t"])
def test_each_spelling_of_the_parameter_is_found(pair):
    assert is_token(pair)


@pytest.mark.parametrize("pair", ["", "gwen=t", "a=gw", "g-w=t", "%C3%A9=t", "%"])
def test_other_parameters_are_not_the_token(pair):
    assert not is_token(pair)


def test_only_ascii_characters_of_a_name_are_decoded():
    assert parameter_name("a+b%20c%C3=%20") == "a b c%C3"
