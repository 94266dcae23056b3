"""Guests who ask one thing after the other: a state machine's steps are plain functions."""

from __future__ import annotations

from typing import Any

import httpx

from tests.journey.players import DOCUMENTS
from tools.demo.address import Address
from tools.demo.answers import Answer, only_field


class Clients:
    """Guests of one running server, who stay the same from one run of the machine to the next."""

    def __init__(self, address: Address, count: int) -> None:
        self._http = httpx.Client(base_url=address.base, timeout=30.0)
        signed_in = [self.run("SignInAsGuest", {"input": {"displayName": f"P{n}"}}) for n in range(count)]
        self.ids = [answer["credentials"]["player"]["id"] for answer in signed_in]
        self._tokens = {a["credentials"]["player"]["id"]: a["credentials"]["accessToken"] for a in signed_in}

    def run(self, operation: str, variables: Answer, player: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[player]}"} if player else {}
        body = {"query": DOCUMENTS[operation], "operationName": operation, "variables": variables}
        return only_field(self._http.post("/graphql", json=body, headers=headers).json())

    def close(self) -> None:
        self._http.close()
