"""The command against the functions themselves: nothing between them but the gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from goodword.domain.links.visit import CODE
from infra.cli.context import utc_now
from tests.api.cloud import PREFIX, REGION, Cloud, open_cloud
from tests.infra.cli.service import Command, Service
from tests.world import CRM_SECRET, PROGRAM

INFRA = Path(__file__).parents[3] / "infra"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with open_cloud() as opened:
        opened.reset()
        yield opened


def test_a_program_runs_from_first_key_to_decided_credit(
    cloud: Cloud, goodword: Command, service: Service, tmp_path: Path
) -> None:
    goodword.transport = httpx.WSGITransport(app=cloud.gateway)
    goodword.now = utc_now
    del goodword.environ["GOODWORD_KEY"]
    made = goodword("init", "--stack", PREFIX, "--region", REGION, "--print-key-only")
    goodword.environ |= {"GOODWORD_KEY": made.stdout.strip(), "GOODWORD_CRM_SECRET": CRM_SECRET}

    def run(*parts: str) -> str:
        result = goodword(*parts)
        assert result.exit_code == 0, result.output
        return result.stdout

    for name, new in (("demo-and-deal", "is new: version 1"), ("demo-and-deal", "nothing changed")):
        assert new in run("programs", "apply", str(INFRA / "programs" / f"{name}.yaml"))
    peers = tmp_path / "peers.yaml"
    peers.write_text(PROGRAM, encoding="utf-8")
    for file in (peers, INFRA / "programs" / "private-practice.yaml"):
        run("programs", "apply", str(file))
    assert "200.00 USD" in run("programs", "show", "demo-and-deal")
    for name, known in (("standard", "crm"), ("hubspot", "hubspot")):
        terms = str(INFRA / "connections" / f"{name}.yaml")
        assert f"{known} is new" in run("connections", "apply", terms)
        assert f"{known}: nothing changed" in run("connections", "apply", terms)
        assert "deal.amount" in run("connections", "show", known)

    assert "is enrolled" in run(
        *("referrers", "enroll", "amy", "--account", "cus_1", "--name", "Amy Example"),
        *("--email", "amy@example.com", "--currency", "USD", "--product", "care", "--nps", "9"),
    )
    roster = tmp_path / "referrers.csv"
    roster.write_text(
        "referrer,account,name,email,products\n"
        "amy2,cus_1,Ann Example,ann@example.com,care;billing\n"
        "bob,cus_2,Bob Example,amy@example.com,\n",
        encoding="utf-8",
    )
    for report in (
        "1 enrolled, 0 already there, 1 failed",
        "0 enrolled, 1 already there, 1 failed",
    ):
        result = goodword("referrers", "import", str(roster))
        assert (result.exit_code, report in result.stdout) == (1, True)
    assert "care, billing" in run("referrers", "show", "amy2")

    assert run(
        "links",
        "make",
        "amy",
        "--program",
        "demo-and-deal",
        "--code",
        "amy-example",
        "--channel",
        "mail",
    ) == ("https://refer.example.com/r/amy-example\n")
    address = run("links", "make", "amy", "--program", "demo-and-deal").strip()
    assert CODE.fullmatch(address.removeprefix("https://refer.example.com/r/"))
    assert "is paused" in run("links", "pause", "amy-example")
    assert "is active" in run("links", "resume", "amy-example")
    assert "person: 0" in run("links", "show", "amy-example")

    entered = (
        *(
            "referrals",
            "enter",
            "--referrer",
            "amy",
            "--program",
            "demo-and-deal",
            "--source",
            "verbal",
        ),
        *(
            "--name",
            "Robin Prospect",
            "--email",
            "robin@practice.example.org",
            "--phone",
            "+1 212 555 0123",
        ),
        *("--company-size", "12", "--segment", "private_practice"),
    )
    referral = goodword.json(*entered)["referral"]
    assert f"{referral} exists already" in run(*entered)
    assert "attend a demo" in run("referrals", "show", referral)
    assert "crm took deal:77" in run(
        *(
            "crm",
            "send",
            "crm",
            "--object",
            "deal:77",
            "--set",
            "stage=demo_attended",
            "--referral",
            referral,
        )
    )
    assert len(cloud.items("inbox")) == 1

    cloud.owe(referral, "cr_one")
    cloud.owe(referral, "cr_two")
    assert "cr_one" in run("credits", "list", "--status", "held")
    assert "50.00 USD is pending" in run(
        "credits", "approve", "cr_one", "--reason", "They signed off."
    )
    assert "50.00 USD is canceled" in run("credits", "cancel", "cr_two", "--reason", "A test.")
    assert "They signed off." in run("referrals", "show", referral)
    assert "cr_one" in run("statement", "cus_1")
    assert run("keys", "make", "--scope", "read", "--label", "report").startswith("gw_")
    assert json.loads(run("credits", "list", "--json"))["credits"] == []

    goodword.environ["GOODWORD_KEY"] = "gw_nobodys00_" + "x" * 40
    refused = goodword("credits", "list")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "error (401): the bearer key is missing or not valid" in refused.stderr
