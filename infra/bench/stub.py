"""A DynamoDB stand-in that always returns the same answer."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from pathlib import Path
from typing import Any, Self

MEDIA = "application/x-amz-json-1.0"
SECRET = "sk_bench"  # noqa: S105  # every parameter's value
LINK: dict[str, Any] = {
    "code": {"S": "spring"},
    "record": {
        "M": {
            "code": {"S": "spring"},
            "program": {"S": "peers"},
            "target": {"S": "https://www.example.com/welcome"},
            "token_key": {"S": "k" * 40},
            "address_key": {"S": "a" * 40},
            "paused": {"BOOL": False},
            "mailed_at": {"NULL": True},
        }
    },
}
ANSWERS = {
    "GetItem": {"Item": LINK},
    "GetParameter": {
        "Parameter": {"Name": "n", "Type": "SecureString", "Value": SECRET, "Version": 1}
    },
    "PutEvents": {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
    "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
}


class Stub:
    """A server on loopback.

    certificate: a file with key and certificate, for TLS. answers: after how many answers it stops
    answering and keeps connections open; None for never. operations: the requested operations, in
    order; connections: the number of connections.
    """

    def __init__(self, certificate: Path | None = None, answers: int | None = None) -> None:
        self._certificate, self._answers = certificate, answers
        self.operations: list[str] = []
        self.connections = 0

    def __enter__(self) -> Self:
        # Over TLS a click resolves a host name, as in AWS; that may be the IPv4 or IPv6 loopback.
        host = "127.0.0.1" if self._certificate is None else "localhost"
        family, _, _, _, address = socket.getaddrinfo(host, 0, 0, socket.SOCK_STREAM)[0]
        self._listening = socket.create_server((str(address[0]), 0), family=family)
        port = self._listening.getsockname()[1]
        self.url = f"{'http' if self._certificate is None else 'https'}://{host}:{port}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                stored, _ = self._listening.accept()
                if self._certificate is not None:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(self._certificate)
                    stored = context.wrap_socket(stored, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(stored,), daemon=True).start()

    def _serve(self, stored: socket.socket) -> None:
        with stored, contextlib.suppress(OSError), stored.makefile("rb") as stream:
            while stream.readline():
                length, operation = 0, ""
                while (line := stream.readline().strip()) != b"":
                    name, _, value = line.decode("latin-1").partition(":")
                    if name.lower() == "content-length":
                        length = int(value)
                    elif name.lower() == "x-amz-target":
                        operation = value.rpartition(".")[2]
                stream.read(length)
                self.operations.append(operation)
                if self._answers is not None and len(self.operations) > self._answers:
                    continue
                body = json.dumps(ANSWERS.get(operation, {})).encode()
                head = (
                    f"HTTP/1.1 200 OK\r\ncontent-type: {MEDIA}\r\n"
                    f"content-length: {len(body)}\r\n\r\n"
                )
                stored.sendall(head.encode() + body)
