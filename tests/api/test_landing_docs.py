"""What docs/landing-page.md offers to copy works: each snippet is taken from there and used."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from infra.local.template import load_template, resources_of
from tests.api.cloud import Cloud
from tests.api.test_signups import FORM, token_of
from tests.pages.test_landing import Page
from tests.world import PROSPECT

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/landing-page.md").read_text(encoding="utf-8")
PLAIN, SCRIPTED = re.findall(r"(?ms)^```html\n(.*?)^```", TEXT)
(SENT,) = re.findall(r"(?ms)^```json\n(.*?)^```", TEXT)


def fields_of(snippet: str, token: str) -> dict[str, str]:
    """Fill in a snippet's form, the token as its script takes it from the address."""
    assert 'new URLSearchParams(location.search).get("gw")' in snippet
    typed = {**PROSPECT, "gw": token}
    return {str(each["name"]): typed[str(each["name"])] for each in Page(snippet).all("input")}


def test_the_form_signs_a_prospect_up(furnished: Cloud) -> None:
    (form,) = Page(PLAIN).all("form")
    address = urlsplit(str(form["action"]))
    body = urlencode(fields_of(PLAIN, token_of(furnished)))

    answer = furnished.send(str(form["method"]).upper(), address.path, body, content_type=FORM)

    assert (answer.status, answer.media) == (200, "text/html")
    assert "Thank you" in answer.text
    assert len(furnished.items("referrals")) == 1


def test_the_example_script_signs_up_and_shows_errors(furnished: Cloud) -> None:
    called = re.search(
        r'fetch\("([^"]+)", \{\s*method: "(\w+)",\s*headers: (\{.*?\}),\s*body: (.*),\n', SCRIPTED
    )
    assert called is not None
    address, method, headers, body = called.groups()
    assert body == "JSON.stringify(Object.fromEntries(new FormData(form)))"
    given = {name.replace("-", "_"): value for name, value in json.loads(headers).items()}
    fields = fields_of(SCRIPTED, token_of(furnished))

    taken = furnished.send(method, urlsplit(address).path, json.dumps(fields), **given)
    refused = furnished.send(
        method, urlsplit(address).path, json.dumps({**fields, "email": "x"}), **given
    )

    assert (taken.status, refused.status) == (202, 422)
    read = set(re.findall(r"result\.(\w+)", SCRIPTED))
    assert read
    assert read <= set(refused.json)


def test_a_browser_may_send_what_the_script_sends() -> None:
    (api,) = resources_of(
        load_template(ROOT / "template.yaml"), "AWS::Serverless::HttpApi"
    ).values()
    assert "POST" in api["CorsConfiguration"]["AllowMethods"]
    assert set(re.findall(r'headers: \{ "([a-z-]+)"', SCRIPTED)) <= set(
        api["CorsConfiguration"]["AllowHeaders"]
    )


def test_the_json_is_taken_and_answered_as_the_page_says(furnished: Cloud) -> None:
    body = {**json.loads(SENT), "gw": token_of(furnished)}
    first = furnished.send("POST", "/v1/signups", json=body)
    again = furnished.send("POST", "/v1/signups", json=body)
    wrong = furnished.send("POST", "/v1/signups", json={**body, "phone": "12"})

    assert (first.status, first.json) == (202, again.json)
    assert (wrong.status, wrong.media, wrong.json["where"]) == (
        422,
        "application/problem+json",
        "phone",
    )
    assert wrong.json["remedy"]


@pytest.mark.parametrize("snippet", [PLAIN, SCRIPTED])
def test_a_snippet_is_a_few_lines(snippet: str) -> None:
    assert len(snippet.splitlines()) <= 24
