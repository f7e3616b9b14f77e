"""A small server with scripted answers that records its requests."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Act = Callable[["socket.socket", "Asked"], bool]


@dataclass(frozen=True)
class Asked:
    """One request. connection: the how manyth connection it came on."""

    connection: int
    path: str
    version: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def operation(self) -> str:
        return self.headers["x-amz-target"].rpartition(".")[2]


def answer(result: object = None, status: int = 200, **headers: str) -> Act:
    """Answer so, and wait for more."""

    def act(sock: socket.socket, _: Asked) -> bool:
        body = json.dumps({} if result is None else result).encode()
        named = {"content-length": str(len(body)), "x-amz-crc32": str(zlib.crc32(body)), **headers}
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
        sock.sendall(f"HTTP/1.1 {status} So\r\n{lines}\r\n".encode() + body)
        return named.get("connection") != "close"

    return act


def error(code: str, status: int = 400) -> Act:
    """Answer with an error of DynamoDB's."""
    return answer({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "so"}, status)


def raw(result: bytes, *, last: bool = False) -> Act:
    """Answer with just these bytes; then wait for more, or close."""

    def act(sock: socket.socket, _: Asked) -> bool:
        sock.sendall(result)
        return not last

    return act


def hang_up(_: socket.socket, __: Asked) -> bool:
    """Take the request and close the connection without an answer."""
    return False


def half(sock: socket.socket, _: Asked) -> bool:
    """Answer with less than is announced, and close."""
    sock.sendall(b"HTTP/1.1 200 So\r\ncontent-length: 100\r\n\r\n{}")
    return False


@dataclass
class Server:
    """Listens on loopback. acts: what to do with the next requests, in turn; then it answers {}."""

    certificate: str = ""
    acts: list[Act] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Server:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"{'https://localhost' if self.certificate else 'http://127.0.0.1'}:{self.port}"
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.close_all()
        for thread in self._threads:
            thread.join(5)

    def close_all(self) -> None:
        """Close every connection, as a server does with those that sleep too long."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._sockets.clear()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
                if self.certificate:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(self.certificate)
                    sock = context.wrap_socket(sock, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.connections += 1
            self._sockets.append(sock)
            thread = threading.Thread(
                target=self._serve, args=(sock, self.connections), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, connection: int) -> None:
        with sock, contextlib.suppress(OSError):
            while (asked := _read(sock, connection)) is not None:
                self.asked.append(asked)
                act = self.acts.pop(0) if self.acts else answer()
                if not act(sock, asked):
                    break


def _read(sock: socket.socket, connection: int) -> Asked | None:
    with sock.makefile("rb") as stream:
        first = stream.readline()
        if not first:
            return None
        headers = {}
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        _, path, version = first.decode().split()
        return Asked(connection, path, version, headers, body)
