"""A server process that listens on a Unix socket, and one that speaks TLS itself."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect, unix_connect

from tests.needs import ROOT
from tests.served.process import UP_WAIT_S, failed_start
from tests.waiting import wait_for_value
from tools.chaos.ports import free_ports
from web.serving import ServingLimits, unix_socket

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Unix sockets are POSIX")
QUERY = {"query": "{ serverInfo { version } }"}
SUBPROTOCOL = Subprotocol("graphql-transport-ws")


@contextmanager
def serving(is_up: Callable[[], bool], **settings: object) -> Iterator[None]:
    """A server on a memory store, from the moment when it is up until it has ended by SIGTERM."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOBBY_")}
    environment |= {"LOBBY_STORE": "memory://", **{f"LOBBY_{k.upper()}": str(v) for k, v in settings.items()}}
    process = subprocess.Popen([sys.executable, "server.py"], cwd=ROOT, env=environment)
    try:
        wait_for_value(lambda: process.poll() is not None or is_up(), bool, UP_WAIT_S)
        yield
    finally:
        process.terminate()
        assert process.wait(UP_WAIT_S) == 0


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx.TransportError:
        return False


def accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def say_hello(client: ClientConnection) -> None:
    """The first words of graphql-transport-ws."""
    client.send('{"type": "connection_init"}')
    assert "connection_ack" in str(client.recv(timeout=UP_WAIT_S))


def test_a_unix_socket_serves_its_owner_and_group_and_believes_the_proxy(tmp_path: Path) -> None:
    path = tmp_path / "http.sock"
    with (
        httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://lobby") as client,
        serving(partial(accepts, path), socket=path, requests_per_address_s=0.001, requests_per_address_burst=3),
    ):
        assert path.stat().st_mode & 0o777 == 0o660
        assert client.post("/graphql", json=QUERY).is_success
        with unix_connect(str(path), "ws://lobby/graphql", subprotocols=[SUBPROTOCOL]) as sock:
            say_hello(sock)
        statuses = [client.get("/sessions", headers={"X-Forwarded-For": "192.0.2.1"}).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        assert client.get("/sessions", headers={"X-Forwarded-For": "192.0.2.2"}).status_code == 200
        with pytest.raises(OSError, match="Address already in use"):
            unix_socket(path, ServingLimits())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that has signed itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lobby")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(built.public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    return folder / "cert.pem", folder / "key.pem"


def test_a_server_with_a_certificate_speaks_tls(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    context = ssl.create_default_context(cafile=str(cert))
    [port] = free_ports(1)
    address = f"127.0.0.1:{port}"
    with (
        httpx.Client(verify=context, base_url=f"https://{address}", trust_env=False) as client,
        serving(partial(answers, client), port=port, tls_cert_file=cert, tls_key_file=key),
    ):
        for _ in range(3):  # the fast path takes a request once it knows its head
            assert client.post("/graphql", json=QUERY).is_success
        too_long = client.post("/graphql", content=b"x" * 300_000, headers={"Content-Type": "application/json"})
        assert too_long.status_code == 413
        with connect(f"wss://{address}/graphql", ssl=context, subprotocols=[SUBPROTOCOL]) as sock:
            say_hello(sock)


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("nothing")

    said = failed_start(tmp_path, tls_cert_file=f"{tmp_path}/cert.pem", tls_key_file=f"{tmp_path}/cert.pem")
    assert f"LOBBY_TLS_CERT_FILE={tmp_path}/cert.pem" in said
