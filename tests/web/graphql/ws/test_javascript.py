from __future__ import annotations

from pathlib import Path

import anyio

from tests.needs import needs
from tests.serving import socket_url
from tests.web.graphql_app import running

CLIENT = Path(__file__).parents[3] / "js/transport.js"


async def test_the_official_javascript_client_works() -> None:
    """Queries, subscriptions, errors, a refused token, the notice before a close, and a stop."""
    node = needs("node")
    needs("tests/js")

    with running() as server:
        command = [str(node), str(CLIENT), socket_url(server.url)]
        output = (await anyio.run_process(command)).stdout.decode()
        notes = [await server.probe.next_note() for _ in range(4)]

    assert output.splitlines() == [
        '{"data":{"hello":"world"}}',
        '{"data":{"count":1}}',
        '{"data":{"count":2}}',
        "Cannot query field 'typo' on type 'Query'.",
        "Syntax Error: Expected Name, found <EOF>.",
        '{"data":{"who":"Ann"}}',
        "The token is not one of ours.",
        '[{"closing":{"code":4403,"reason":"The token is not one of ours."}}]',
        '{"data":{"idle":0}}',
    ]
    assert notes == ["count opened", "count closed", "idle opened", "idle closed"]
