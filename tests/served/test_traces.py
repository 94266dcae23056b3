"""A collector gets the spans of requests; a request that brings a trace continues it, and so do messages to other services."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.journey.parties import party_of
from tests.journey.players import DOCUMENTS
from tests.served.lobby import guests
from tests.served.process import server_process
from tests.serving import served
from tests.waiting import wait_until
from tools.demo.http_client import http_client

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
MESSAGES = 60
SIGNING_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"


@dataclass
class Collector:
    """Takes spans, and is a text filter that allows everything."""

    spans: list[Any] = field(default_factory=list)
    filter_headers: list[str] = field(default_factory=list)

    async def take_spans(self, request: Request) -> Response:
        export = ExportTraceServiceRequest.FromString(await request.body())
        self.spans += [span for each in export.resource_spans for scope in each.scope_spans for span in scope.spans]
        return Response(b"", media_type="application/x-protobuf")

    async def take_texts(self, request: Request) -> Response:
        self.filter_headers.append(request.headers.get("traceparent", ""))
        return JSONResponse({"refused": []})

    def of_trace(self) -> dict[str, Any]:
        """The spans of `TRACE` by their names."""
        return {span.name: span for span in self.spans if span.trace_id.hex() == TRACE}


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    collector = Collector()
    routes = [
        Route("/v1/traces", collector.take_spans, methods=["POST"]),
        Route("/texts", collector.take_texts, methods=["POST"]),
    ]
    with served(Starlette(routes=routes)) as url:
        yield collector, url


async def test_a_request_continues_its_trace_through_command_and_commit_and_to_other_services(tmp_path: Path) -> None:
    with collecting() as (collector, url):
        async with (
            server_process(
                tmp_path / "lobby.db",
                traces_url=f"{url}/v1/traces",
                traces_ratio=0,
                text_webhook_url=f"{url}/texts",
                text_webhook_secret=SIGNING_SECRET,
                text_webhook_timeout_ms=5_000,
            ) as server,
            http_client(server.address, DOCUMENTS) as http,
            httpx.AsyncClient(base_url=server.address.base) as client,
        ):
            (ann,) = await guests(http, server.address, 1)
            party = await party_of(ann)
            asked = {
                "query": DOCUMENTS["PostMessage"],
                "variables": {"input": {"partyId": party["id"], "text": "traced"}},
            }
            headers = {"Authorization": f"Bearer {ann.token}", "traceparent": f"00-{TRACE}-{PARENT}-01"}
            answer = await client.post("/graphql", json=asked, headers=headers)
            assert answer.is_success

            async def is_collected() -> bool:
                return {"POST", "graphql", "command", "commit"} <= collector.of_trace().keys()

            await wait_until(is_collected, 30)
    spans = collector.of_trace()
    assert spans["POST"].parent_span_id.hex() == PARENT
    assert spans["graphql"].parent_span_id == spans["POST"].span_id
    assert spans["command"].parent_span_id == spans["graphql"].span_id
    assert spans["commit"].parent_span_id == spans["command"].span_id
    attributes = {each.key: each.value for each in spans["graphql"].attributes}
    assert attributes["operation"].string_value == "PostMessage"
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}, "of all others 0 % are recorded"
    own = [each for each in collector.filter_headers if each.startswith(f"00-{TRACE}-")]
    assert own
    others = [each for each in collector.filter_headers if each not in own]
    assert others
    assert all(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", each) for each in others), (
        "they are not to record either"
    )
    assert len(set(others)) == len(others)


async def test_all_spans_of_a_request_are_recorded_or_none(tmp_path: Path) -> None:
    with collecting() as (collector, url):
        async with (
            server_process(
                tmp_path / "lobby.db", traces_url=f"{url}/v1/traces", traces_ratio=0.5, traces_per_s_max=1_000
            ) as server,
            http_client(server.address, DOCUMENTS) as http,
            httpx.AsyncClient(base_url=server.address.base) as client,
        ):
            (ann,) = await guests(http, server.address, 1)
            party = await party_of(ann)
            for number in range(MESSAGES):
                await ann.does("PostMessage", partyId=party["id"], text=f"message {number}")
            last = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            await client.post("/graphql", json={"query": "{ __typename }"}, headers=last)

            async def is_collected() -> bool:
                return bool(collector.of_trace())

            await wait_until(is_collected, 30)  # spans are sent in the order in which they ended
    traces: dict[str, set[str]] = {}
    for span in collector.spans:
        traces.setdefault(span.trace_id.hex(), set()).add(span.name)
    messages = [names for names in traces.values() if "command" in names]
    assert MESSAGES * 0.2 < len(messages) < MESSAGES * 0.8
    assert all({"graphql", "command", "commit"} <= names for names in messages)
    assert all(span.parent_span_id for span in collector.spans if span.name in ("command", "commit"))


async def test_so_many_requests_are_recorded_in_a_second_whatever_clients_ask_for(tmp_path: Path) -> None:
    per_s, asked = 5, 100
    with collecting() as (collector, url):
        traces_url = f"{url}/v1/traces"
        async with (
            server_process(
                tmp_path / "lobby.db", traces_url=traces_url, traces_ratio=1, traces_per_s_max=per_s
            ) as server,
            httpx.AsyncClient(base_url=server.address.base) as client,
        ):
            began_at = time.monotonic()
            for _ in range(asked):
                headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
                await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
            seconds = math.floor(time.monotonic() - began_at) + 2

            async def is_collected() -> bool:
                return any(span.name == "POST" for span in collector.spans)

            await wait_until(is_collected, 30)
        # the server has sent all spans before it ended
    recorded = [span for span in collector.spans if span.name == "POST"]
    assert 1 <= len(recorded) <= min(per_s * seconds, asked - 1)
