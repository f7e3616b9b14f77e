"""A local stand-in for three CRMs: it stores contacts, companies and deals and answers lookups.

It serves the read endpoints that `goodword.crm.lookup` calls, each in the format of its CRM:

    HubSpot     GET  /crm/v3/objects/{contacts|companies|deals}/{id}
                     ?properties=…&associations=contacts
                POST /crm/v3/objects/contacts/batch/read
    Pipedrive   GET  /api/v2/{persons|organizations|deals}/{id}
                GET  /api/v2/persons?deal_id=… | org_id=…
    Salesforce  GET  /services/data/v62.0/query?q=SELECT …   only the three queries of the lookup
                POST /services/oauth2/token                  for the token of the queries

An administrator (a test, the smoke walk, a person with curl) fills it under /_twin/, in JSON:

    PUT    /_twin/{hubspot|pipedrive|salesforce}/{contact|company|deal}/{id}
           {"properties": {…}, "changed_at": "2026-03-01T09:30:00Z"}  changed_at: now by default
    DELETE /_twin/{crm}/{kind}/{id}
    PUT    /_twin/{crm}/{kind}/{id}/contacts/{contact}      tie a contact to a deal or a company
    GET    /_twin/objects                                   list all objects
    POST   /_twin/end-sessions                              end the sessions of Salesforce
    PUT    /_twin/fault {"status": 500} or {"hang": true} or {}   set the fault of the reads

`/` shows the objects as a page. Only 127.0.0.1 is bound. Any token is accepted; after Salesforce
issued a token, only its newest token is accepted for it.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, RLock, Thread
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

CRMS, KINDS = ("hubspot", "pipedrive", "salesforce"), ("contact", "company", "deal")
_HUBSPOT_PATHS = {"contacts": "contact", "companies": "company", "deals": "deal"}
_PIPEDRIVE_PATHS = {"persons": "contact", "organizations": "company", "deals": "deal"}
_SALESFORCE_TABLES = {
    "Contact": "contact",
    "Lead": "contact",
    "Account": "company",
    "Opportunity": "deal",
}
_QUERY_ONE = re.compile(r"SELECT FIELDS\(ALL\) FROM (\w+) WHERE Id = '(\w+)' LIMIT 1")
_QUERY_PEOPLE = re.compile(r"SELECT (?:Contact\.)?Email FROM (\w+) WHERE (\w+) = '(\w+)' LIMIT \d+")
_EXCHANGE = "/services/oauth2/token"
_MAX_BODY_BYTES = 1_000_000
_HANG_SECONDS = 30

Key = tuple[str, str, str]
Answer = tuple[int, object]
_NOT_FOUND: Answer = (404, {"message": "there is no such thing"})


@dataclass(frozen=True, slots=True)
class Held:
    """One object as the twin holds it."""

    properties: dict[str, str]
    changed_at: str
    contacts: tuple[str, ...] = ()


@dataclass(slots=True)
class State:
    """What the twin holds, behind one lock; fault: what it does instead of answering."""

    objects: dict[Key, Held] = field(default_factory=dict)
    fault: dict[str, object] = field(default_factory=dict)
    sessions: int = 0
    session: str | None = None
    lock: RLock = field(default_factory=RLock)
    released: Event = field(default_factory=Event)

    def put(
        self, crm: str, kind: str, one: str, properties: dict[str, str], changed_at: str = ""
    ) -> None:
        """Hold an object, keeping its ties; changed_at: ISO 8601, now if empty."""
        stamp = changed_at or datetime.now(UTC).isoformat(timespec="milliseconds").replace(
            "+00:00", "Z"
        )
        with self.lock:
            ties = self.objects[crm, kind, one].contacts if (crm, kind, one) in self.objects else ()
            self.objects[crm, kind, one] = Held(dict(properties), stamp, ties)

    def tie(self, crm: str, kind: str, one: str, contact: str) -> None:
        """Tie a contact to a deal or company; either may be unknown so far."""
        with self.lock:
            stored = self.objects.get((crm, kind, one)) or Held({}, "2026-01-01T00:00:00Z")
            ties = tuple(dict.fromkeys((*stored.contacts, contact)))
            self.objects[crm, kind, one] = Held(stored.properties, stored.changed_at, ties)

    def get(self, crm: str, kind: str, one: str) -> Held | None:
        """Return the object, or None.

        Salesforce's ids are the same with and without their last three.
        """
        if crm != "salesforce":
            return self.objects.get((crm, kind, one))
        found = (
            stored
            for (c, k, i), stored in self.objects.items()
            if (c, k, i[:15]) == (crm, kind, one[:15])
        )
        return next(found, None)

    def people(self, crm: str, kind: str, one: str) -> list[tuple[str, Held]]:
        """Return the contacts that are tied to an object and are held."""
        stored = self.get(crm, kind, one)
        ids = stored.contacts if stored else ()
        found = ((contact, self.get(crm, "contact", contact)) for contact in ids)
        return [(contact, person) for contact, person in found if person is not None]


def answer_hubspot(
    state: State, method: str, path: str, query: dict[str, str], body: object
) -> Answer:
    """Answer as HubSpot's CRM objects API v3."""
    if (method, path) == ("POST", "/crm/v3/objects/contacts/batch/read"):
        return _hubspot_batch(state, body)
    found = re.fullmatch(r"/crm/v3/objects/(\w+)/(\d+)", path)
    kind = _HUBSPOT_PATHS.get(found[1]) if found else None
    stored = state.get("hubspot", kind, found[2]) if found and kind else None
    if method != "GET" or not found or not kind or stored is None:
        return _NOT_FOUND
    names = query.get("properties", "").split(",")
    result = _hubspot_object(found[2], stored, names)
    if query.get("associations") == "contacts" and stored.contacts:
        ties = [{"id": contact, "type": f"{kind}_to_contact"} for contact in stored.contacts]
        result["associations"] = {"contacts": {"results": ties}}
    return 200, result


def _hubspot_batch(state: State, body: object) -> Answer:
    asked = cast(dict[str, list[dict[str, str]]], body if isinstance(body, dict) else {})
    ids = [one["id"] for one in asked.get("inputs", [])]
    people = [(one, state.get("hubspot", "contact", one)) for one in ids]
    names = [str(name) for name in asked.get("properties", [])]
    results = [_hubspot_object(one, stored, names) for one, stored in people if stored is not None]
    # 207 says that some of those asked for are not there.
    return (200 if len(results) == len(ids) else 207), {"status": "COMPLETE", "results": results}


def _hubspot_object(one: str, stored: Held, names: list[str]) -> dict[str, object]:
    properties = {name: stored.properties.get(name) for name in names if name}
    return {"id": one, "properties": properties, "updatedAt": stored.changed_at, "archived": False}


def answer_pipedrive(state: State, method: str, path: str, query: dict[str, str]) -> Answer:
    """Answer as Pipedrive's API v2; a property called custom:… is a custom field."""
    if path == "/api/v2/persons" and method == "GET":
        name = "deal" if "deal_id" in query else "company"
        people = state.people("pipedrive", name, query.get("deal_id", query.get("org_id", "")))
        return 200, {
            "success": True,
            "data": [_pipedrive_object(one, stored) for one, stored in people],
        }
    found = re.fullmatch(r"/api/v2/(\w+)/(\d+)", path)
    kind = _PIPEDRIVE_PATHS.get(found[1]) if found else None
    stored = state.get("pipedrive", kind, found[2]) if found and kind else None
    if method != "GET" or not found or stored is None:
        return _NOT_FOUND
    return 200, {"success": True, "data": _pipedrive_object(found[2], stored)}


def _pipedrive_object(one: str, stored: Held) -> dict[str, object]:
    data: dict[str, object] = {
        "id": int(one),
        "update_time": stored.changed_at,
        "is_deleted": False,
    }
    custom: dict[str, object] = {}
    for name, value in stored.properties.items():
        if name == "email":
            data["emails"] = [{"value": value, "primary": True, "label": "work"}]
        elif name.startswith("custom:"):
            custom[name.removeprefix("custom:")] = value
        else:
            data[name] = value
    return data | {"custom_fields": custom}


def open_session(state: State, form: dict[str, str]) -> Answer:
    """Answer as Salesforce's token endpoint does to client credentials.

    Any key and secret will do.
    """
    if form.get("grant_type") != "client_credentials" or not (
        form.get("client_id") and form.get("client_secret")
    ):
        return 400, {"error": "invalid_client", "error_description": "invalid client credentials"}
    state.sessions += 1
    state.session = f"session-{state.sessions}"
    return 200, {"access_token": state.session, "token_type": "Bearer", "issued_at": "0"}


def answer_salesforce(state: State, method: str, path: str, query: dict[str, str]) -> Answer:
    """Answer as Salesforce's query endpoint, for the queries that we ask."""
    if method != "GET" or not re.fullmatch(r"/services/data/v[0-9.]+/query", path):
        return _NOT_FOUND
    soql = query.get("q", "")
    one, people = _QUERY_ONE.fullmatch(soql), _QUERY_PEOPLE.fullmatch(soql)
    records: list[dict[str, object]] = []
    if one and one[1] in _SALESFORCE_TABLES:
        stored = state.get("salesforce", _SALESFORCE_TABLES[one[1]], one[2])
        if stored is not None:
            records = [{"Id": one[2], "SystemModstamp": stored.changed_at, **stored.properties}]
    elif people and (people[1], people[2]) == ("OpportunityContactRole", "OpportunityId"):
        found = state.people("salesforce", "deal", people[3])
        records = [{"Contact": {"Email": stored.properties.get("Email")}} for _, stored in found]
    elif people and (people[1], people[2]) == ("Contact", "AccountId"):
        found = state.people("salesforce", "company", people[3])
        records = [{"Email": stored.properties.get("Email")} for _, stored in found]
    else:
        return 400, [
            {"errorCode": "MALFORMED_QUERY", "message": "the twin does not know this query"}
        ]
    return 200, {"totalSize": len(records), "done": True, "records": records}


def administer(state: State, method: str, path: str, body: object) -> Answer:
    """Answer the administrator: hold, drop, tie, list, and set the fault."""
    if (method, path) == ("GET", "/_twin/objects"):
        return 200, _listed(state)
    if (method, path) == ("PUT", "/_twin/fault"):
        state.fault = body if isinstance(body, dict) else {}
        return 200, state.fault
    if (method, path) == ("POST", "/_twin/end-sessions"):
        state.session = "none" if state.sessions else None
        return 200, {}
    parts = [unquote(part) for part in path.split("/")[2:]]
    if len(parts) not in (3, 5) or parts[0] not in CRMS or parts[1] not in KINDS:
        return _NOT_FOUND
    crm, kind, one = parts[:3]
    if len(parts) == 5 and method == "PUT" and parts[3] == "contacts":
        state.tie(crm, kind, one, parts[4])
        return 200, _listed(state)
    if len(parts) == 3 and method == "DELETE":
        return (200, {}) if state.objects.pop((crm, kind, one), None) else _NOT_FOUND
    if len(parts) == 3 and method == "PUT" and isinstance(body, dict):
        properties = body.get("properties", {})
        state.put(
            crm,
            kind,
            one,
            {str(name): str(value) for name, value in dict(properties).items()},
            str(body.get("changed_at", "")),
        )
        return 200, _listed(state)
    return 400, {"message": "the head of infra/twins/crm.py lists what can be asked"}


def _listed(state: State) -> list[dict[str, object]]:
    return [
        {
            "crm": crm,
            "kind": kind,
            "id": one,
            "properties": stored.properties,
            "changed_at": stored.changed_at,
            "contacts": list(stored.contacts),
        }
        for (crm, kind, one), stored in sorted(state.objects.items())
    ]


def page(state: State) -> str:
    """Return the page for a person: one table of what is held."""
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(cell)}</td>"
            for cell in (*key, _shown(stored), ", ".join(stored.contacts))
        )
        + f"<td>{html.escape(stored.changed_at)}</td></tr>"
        for key, stored in sorted(state.objects.items())
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>CRM twin</title>'
        "<style>body{font:16px/1.5 system-ui;margin:2rem}td,th{padding:.3rem .8rem;text-align:left;"
        "border-bottom:1px solid #ccc;vertical-align:top}</style><h1>CRM twin</h1>"
        f"<p>{len(state.objects)} objects, in place of HubSpot, Pipedrive and Salesforce.</p>"
        "<table><tr><th>CRM</th><th>Kind</th><th>Id</th><th>Properties</th><th>Contacts</th>"
        "<th>Changed</th></tr>"
        f"{rows}</table></html>"
    )


def _shown(stored: Held) -> str:
    return ", ".join(f"{name}: {value}" for name, value in stored.properties.items())


class _Handler(BaseHTTPRequestHandler):
    """Turn HTTP into the answers above."""

    protocol_version = "HTTP/1.1"
    state: State

    def do_GET(self) -> None:
        self._answer("GET")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: what is asked holds addresses."""

    def _answer(self, method: str) -> None:
        url = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(min(size, _MAX_BODY_BYTES))
        if (method, url.path) == ("GET", "/"):
            with self.state.lock:
                self._send(200, "text/html; charset=utf-8", page(self.state).encode())
            return
        try:
            body: object = (
                raw.decode() if url.path == _EXCHANGE else json.loads(raw) if raw else None
            )
            status, answer = self._route(method, url.path, url.query, body)
        except (ValueError, TypeError, KeyError, AttributeError):
            status, answer = 400, {"message": "the twin cannot read this"}
        self._send(status, "application/json", json.dumps(answer).encode())

    def _route(self, method: str, path: str, raw_query: str, body: object) -> Answer:
        if path.startswith("/_twin/"):
            with self.state.lock:
                return administer(self.state, method, path, body)
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not (path == _EXCHANGE or bearer or self.headers.get("x-api-token")):
            return 401, {"message": "a token is missing"}
        if self.state.fault.get("hang"):
            self.state.released.wait(_HANG_SECONDS)
        if status := self.state.fault.get("status"):
            return int(str(status)), {"message": "this fault was asked for"}
        query = {name: values[0] for name, values in parse_qs(raw_query).items()}
        with self.state.lock:
            if path.startswith("/crm/"):
                return answer_hubspot(self.state, method, path, query, body)
            if path.startswith("/api/"):
                return answer_pipedrive(self.state, method, path, query)
            if (method, path) == ("POST", _EXCHANGE):
                return open_session(
                    self.state, {name: stored[0] for name, stored in parse_qs(str(body)).items()}
                )
            if self.state.session not in (None, bearer):
                return 401, [
                    {"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}
                ]
            return answer_salesforce(self.state, method, path, query)

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except ConnectionError:
            # The client gave up, as clients do if a CRM hangs.
            self.close_connection = True


@dataclass(frozen=True, slots=True)
class Twin:
    """A running twin: its address, what it holds, and how to stop it."""

    url: str
    state: State
    server: ThreadingHTTPServer
    thread: Thread

    def stop(self) -> None:
        """Stop answering and free the port."""
        self.state.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def start(port: int = 0) -> Twin:
    """Start a twin on 127.0.0.1 in a thread of its own; port 0 takes a free one."""
    state = State()
    handler = type("Handler", (_Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    return Twin(f"http://127.0.0.1:{server.server_address[1]}", state, server, thread)


def main() -> None:
    """Run a twin until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="A CRM twin for this machine.")
    parser.add_argument("--port", type=int, default=0)
    stopped = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    twin = start(parser.parse_args().port)
    print(f"CRM twin at {twin.url}", flush=True)
    stopped.wait()
    twin.stop()


if __name__ == "__main__":
    main()
