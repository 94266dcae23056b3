"""What some servers have to be told before the load comes."""

from __future__ import annotations

from bench.load.wrk import KEY_PLACE
from bench.request import Request, with_text
from bench.serving import Served


def teach(server: Served, request: Request) -> None:
    """Where documents are learnt from requests, send this one's text once: its hash is good from then on."""
    if server.contender.learns and "sha256Hash" in request.body:
        server.request("POST", "/graphql", with_text(request.body.replace(KEY_PLACE, "")), request.token)
