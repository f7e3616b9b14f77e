"""Ids, codes and secrets are random, in an alphabet without ambiguous characters."""

import math

import pytest

from goodword.domain.links.visit import CODE, CODE_ALPHABET
from goodword.ids import NewIds
from tests.fakes import FakeNewId

KINDS = pytest.mark.parametrize("new_id", [NewIds(), FakeNewId()], ids=["real", "fake"])


@KINDS
def test_an_id_is_its_prefix_and_22_signs(new_id):
    prefix, _, rest = new_id("rf").partition("_")
    assert (prefix, len(rest)) == ("rf", 22)
    assert set(rest) <= set(CODE_ALPHABET)


@KINDS
def test_a_code_can_be_part_of_a_url(new_id):
    code = new_id.code()
    assert len(code) == 11
    assert set(code) <= set(CODE_ALPHABET)
    assert CODE.fullmatch(code)


def test_only_a_generated_code_has_a_capital(monkeypatch):
    signs = iter("abcdefghijk" + "abcdefghijK")
    monkeypatch.setattr("secrets.choice", lambda _: next(signs))
    assert NewIds().code() == "abcdefghijK"


@KINDS
def test_a_secret_is_40_signs(new_id):
    secret = new_id.secret()
    assert len(secret) == 40
    assert set(secret) <= set(CODE_ALPHABET)


@KINDS
@pytest.mark.parametrize("make", ["id", "code", "secret"])
def test_no_two_are_the_same(new_id, make):
    made = {"id": lambda: new_id("x"), "code": new_id.code, "secret": new_id.secret}[make]
    assert len({made() for _ in range(1000)}) == 1000


def test_chance_is_enough_and_the_alphabet_is_shortuuids():
    assert 11 * math.log2(len(CODE_ALPHABET)) >= 58
    assert 22 * math.log2(len(CODE_ALPHABET)) >= 128
    assert not set("01IOl") & set(CODE_ALPHABET)
    assert "".join(sorted(set(CODE_ALPHABET))) == CODE_ALPHABET
