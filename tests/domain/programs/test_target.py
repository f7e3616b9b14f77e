"""Targets: where links of a program may lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.domain.errors import BadInput
from goodword.domain.programs.target import check_target

HOSTS = ("www.example.com", "localhost")


@pytest.mark.parametrize(
    "target",
    [
        "https://www.example.com",
        "https://WWW.example.com/a/b?c=d#e",
        "https://www.example.com:443/",
        "http://localhost:8000/x",
        "https://localhost/x",
    ],
)
def test_a_link_may_lead_to_allowed_hosts(target):
    assert check_target(target, HOSTS) == target


@pytest.mark.parametrize("query", ["gw=token", "a=b&g%77=token#c", "GW[]"])
def test_a_target_has_no_token(query):
    with pytest.raises(BadInput, match="parameter gw") as refused:
        check_target(f"https://www.example.com/?{query}", HOSTS)
    assert refused.value.where == "target"


@pytest.mark.parametrize(
    "target",
    [
        "",
        "www.example.com",
        "//www.example.com",
        "http://www.example.com/",
        "ftp://www.example.com/",
        "javascript:alert(1)",
        "https://evil.example/",
        "https://www.example.com.evil.example/",
        "https://www.example.com@evil.example/",
        "https://evil.example@www.example.com/",
        "https://www.example.com:8443/",
        "https://www.example.com:nan/",
        "https://www.example.com:99999/",
        "https://www.example.com\\@evil.example/",
        "https://www.example.com/\r\nSet-Cookie: a=b",
        "https://www.example.com/a b",
        'https://www.example.com/"',
        "https://www.example.com/<x>",
        "https://www.example.com/ü",
        "https://[::1/",
        "https://127.0.0.1/",
        "https://www.example.com/" + "x" * 500,
    ],
)
def test_a_link_leads_nowhere_else(target):
    with pytest.raises(BadInput) as refused:
        check_target(target, HOSTS)
    assert refused.value.where == "target"
    assert "www.example.com" in refused.value.remedy


@given(st.text())
def test_no_target_leads_to_another_error(target):
    try:
        assert check_target(target, HOSTS) == target
    except BadInput:
        return
