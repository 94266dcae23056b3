"""Bodies that are not what they should be."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.web.graphql_app import RunningServer, ServerOptions, running
from web.http.request import HTTPLimits

LIMITS = HTTPLimits(body_bytes_max=10_000, body_wait_s=1.0)
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running(ServerOptions(http_limits=LIMITS)) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def outcome(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"1",
        b"true",
        b'"text"',
        b"[]",
        b"{}",
        b'{"query":null}',
        b'{"query":["{ hello }"]}',
        b'{"query":"{ hello }","variables":"text"}',
        b'{"query":"{ hello }","operationName":7}',
        b'{"query":"{ hello }","extensions":[]}',
        b'{"query":"\xff"}',
        rb'{"query":"\ud800"}',
        '{"query":"{ hello }"}'.encode("utf-16"),
        b'{"query":"{ hello }","variables":' + b"[" * 9_000,
        b'{"query":"{ hello }","variables":{"a":' + b"9" * 5_000 + b"}}",
        b'{"query":"{ hello }","variables":{"a":1e999}}',
    ],
)
def test_a_malformed_body_is_a_400(client: httpx.Client, body: bytes) -> None:
    assert outcome(client.post("/graphql", content=body, headers=JSON)) == (400, "BAD_REQUEST")


def test_a_batch_is_told_what_to_do(client: httpx.Client) -> None:
    response = client.post("/graphql", json=[{"query": "{ hello }"}] * 2)

    assert outcome(response) == (400, "BAD_REQUEST")
    assert "one operation at a time" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", 'APPLICATION/json;Charset="UTF-8"'],
)
def test_json_in_utf_8_is_read_however_it_is_spelt(client: httpx.Client, content_type: str) -> None:
    response = client.post("/graphql", content='{"query":"{ hello }"}', headers={"content-type": content_type})

    assert response.json() == {"data": {"hello": "world"}}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/jsonp",
    ],
)
def test_any_other_content_type_is_a_415(client: httpx.Client, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = client.post("/graphql", content=b'{"query":"{ hello }"}', headers=headers)

    assert outcome(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZip, identity"])
def test_a_compressed_body_is_a_415(client: httpx.Client, encoding: str) -> None:
    body = gzip.compress(b'{"query":"{ hello }"}')
    response = client.post("/graphql", content=body, headers={**JSON, "content-encoding": encoding})

    assert outcome(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_the_largest_body_is_read(client: httpx.Client) -> None:
    body = b'{"query":"{ hello }"}'.ljust(LIMITS.body_bytes_max)

    assert client.post("/graphql", content=body, headers=JSON).status_code == 200


@pytest.mark.parametrize("size_bytes", [LIMITS.body_bytes_max + 1, 100_000, 900_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_larger_body_is_a_413(server: RunningServer, size_bytes: int, chunked: bool) -> None:
    body = b'{"query":"{ hello }"}'.ljust(size_bytes)
    content = iter([body[:5_000], body[5_000:]]) if chunked else body
    response = httpx.post(f"{server.url}/graphql", content=content, headers=JSON)

    assert outcome(response) == (413, "LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    "framing", [b"content-length: 50000000", b"transfer-encoding: chunked", b"content-length: 900000"]
)
def test_a_body_is_not_read_beyond_all_measure(server: RunningServer, framing: bytes) -> None:
    """However it is announced, no more than the bound is taken in before the answer."""
    with connected(server) as link:
        link.sendall(head(framing))
        chunk = b"ffff\r\n" + b" " * 0xFFFF + b"\r\n"
        sent_bytes = 0
        try:
            while sent_bytes < 50_000_000:
                sent_bytes += link.send(chunk)
        except OSError:
            pass

    assert sent_bytes < 10_000_000, "no more than the kernel's buffers hold"


def test_a_body_that_does_not_come_is_a_408(server: RunningServer) -> None:
    with connected(server) as link:
        link.sendall(head(b"content-length: 100") + b'{"query":')
        answer = read_to_end(link)

    assert answer.startswith(b"HTTP/1.1 408")
    assert b"REQUEST_TIMEOUT" in answer


def test_a_client_that_leaves_in_the_middle_harms_nobody(
    server: RunningServer, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with connected(server) as link:
        link.sendall(head(b"content-length: 100") + b'{"query":')

    assert client.post("/graphql", json={"query": "{ hello }"}).status_code == 200
    assert caplog.records == []


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "variables={}",
        "query={hello}&variables=[]",
        "query={hello}&variables={",
        "query={hello}&extensions=1",
        "query=%ff",
        "&".join(f"a{number}=1" for number in range(20)),
    ],
)
def test_a_malformed_query_string_is_a_400(client: httpx.Client, query_string: str) -> None:
    quoted = quote(query_string, safe="=&%{}[]")

    assert outcome(client.get(f"/graphql?{quoted}")) == (400, "BAD_REQUEST")


def test_a_query_string_beyond_its_bound_is_a_414(client: httpx.Client) -> None:
    response = client.get("/graphql", params={"query": "{ hello }" + " " * LIMITS.query_bytes_max})

    assert outcome(response) == (414, "LIMIT_EXCEEDED")


def connected(server: RunningServer) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port), timeout=10)


def head(framing: bytes) -> bytes:
    return b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" + framing + b"\r\n\r\n"


def read_to_end(link: socket.socket) -> bytes:
    answer = b""
    while received := link.recv(65_536):
        answer += received
    return answer


def test_a_byte_order_mark_of_utf_8_is_taken(client: httpx.Client) -> None:
    response = client.post("/graphql", content=b'\xef\xbb\xbf{"query":"{ hello }"}', headers=JSON)

    assert response.json() == {"data": {"hello": "world"}}
