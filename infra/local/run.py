"""Run the whole program on this machine until Ctrl-C, with a walk-through to follow by hand."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import httpx
from rich.console import Console
from rich.text import Text

from infra.local.demo import (
    ACCOUNT,
    CODE,
    CONNECTION,
    LANDING_CODE,
    REFERRER_EMAIL,
    STAFF_EMAIL,
    Demo,
)
from infra.local.up import ROOT, shown_on, stopping_on_signals

PORTS = (8700, 8701, 8702, 8703, 8704)


def main() -> int:
    """Start everything, print the addresses, and wait."""
    console = Console(highlight=False)
    try:
        with stopping_on_signals(), Demo(ports=PORTS, progress=shown_on(console)) as demo:
            settings = write_settings(demo, ROOT / ".local" / "env")
            show(console, demo, settings)
            threading.Event().wait()
    except KeyboardInterrupt:
        console.print("\nStopped; nothing is left running.")
        return 0
    except (RuntimeError, OSError, httpx.HTTPError) as error:
        console.print("[red]✗[/]", Text(str(error)))
        return 1
    return 0


def write_settings(demo: Demo, path: Path) -> Path:
    """Write the environment of the goodword command, readable by this user only."""
    lines = {
        "GOODWORD_URL": demo.url,
        "GOODWORD_KEY": demo.key,
        "GOODWORD_CRM_SECRET": demo.crm_secret,
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"export {name}={value}\n" for name, value in lines.items())
    return path


def show(console: Console, demo: Demo, settings: Path) -> None:
    """Print the addresses and the walk-through."""
    here = settings.relative_to(ROOT)
    send = f"goodword crm send {CONNECTION} --object deal:77 --email YOUR-EMAIL"
    console.print(
        f"""
[bold]Goodword runs on this machine.[/] Ctrl-C stops all of it.

  landing page {demo.url}/r/{LANDING_CODE}
  portal       {demo.url}/portal, for {REFERRER_EMAIL}
  console      {demo.url}/staff, for {STAFF_EMAIL}
  mails        {demo.mailbox.url}, with an invitation, and the links to sign in
  Stripe twin  {demo.stripe.url}/customers/{ACCOUNT}
  CRM twin     {demo.crm.url}

In a second terminal: [bold]source .venv/bin/activate && source {here}[/].
Then walk one referral through:

  1  Open the link that a referrer shares, and sign up:  [bold]{demo.url}/r/{CODE}[/]
  2  Let the CRM report the attended demo:  [bold]{send} --set stage=demo_attended[/]
  3  See the 50.00 USD on the balance:  [bold]{demo.stripe.url}/customers/{ACCOUNT}[/]
  4  Let the CRM report the won deal:  [bold]{send} --set stage=won[/]
  5  Press "Finalize an invoice" there, then read the statement:
     [bold]goodword statement {ACCOUNT}[/]

""",
        soft_wrap=True,
    )


if __name__ == "__main__":
    if os.name == "posix":
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.exit(main())
