"""The bytes that players write are limited: with the default rates, the disk gets no more than the rates allow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.serving import served
from web.app import create_app
from web.settings.settings import Settings

GUESTS = 12
SIGN_IN = """mutation { signInAsGuest(input: { displayName: "Ann" }) {
    ... on CredentialsGranted { credentials { accessToken } } } }"""
CREATE = """mutation ($a: [AttributeInput!]) { createParty(input: { attributes: $a }) {
    ... on PartyChanged { party { id } } } }"""
UPDATE = """mutation ($id: ID!, $a: [AttributeInput!]) { updateParty(input: { partyId: $id, attributes: $a }) {
    ... on Rejection { code retryAfterMs } } }"""
RENAME = """mutation ($id: ID!, $name: String) { updateParty(input: { partyId: $id, settings: { name: $name } }) {
    ... on Rejection { code } } }"""
PLAYER_BURST = 120_000
ADDRESS_BURST = 3_000_000
"""A tenth of the default, so that it is reached in a second."""


def test_guests_of_an_address_write_no_more_than_its_rate(tmp_path: Path) -> None:
    database = tmp_path / "lobby.db"
    settings = Settings(store=f"sqlite:///{database}", rate_limits=True, written_bytes_per_address_burst=ADDRESS_BURST)
    with served(create_app(settings)) as url, httpx.Client(base_url=url, timeout=30, trust_env=False) as client:

        def run(query: str, token: str | None = None, **variables: object) -> Any:
            headers = {"authorization": f"Bearer {token}"} if token is not None else {}
            return client.post("/graphql", json={"query": query, "variables": variables}, headers=headers).json()[
                "data"
            ]

        def attributes(value: int) -> list[dict[str, str]]:
            return [{"key": f"k{number}", "value": f"{value}".rjust(1_024)} for number in range(20)]

        refused, written = 0, 0
        for _ in range(GUESTS):
            token = run(SIGN_IN)["signInAsGuest"]["credentials"]["accessToken"]
            created = run(CREATE, token, a=attributes(0))["createParty"]
            if "party" not in created:
                refused += 1
                continue
            for value in range(1, 15):
                rejection = run(UPDATE, token, id=created["party"]["id"], a=attributes(value))["updateParty"]
                assert rejection.get("code") in (None, "RATE_LIMITED")
                written += not rejection
                refused += bool(rejection)
        assert written * 20 * 1_024 < 1.5 * ADDRESS_BURST
        assert refused > 0
        size_bytes = sum(file.stat().st_size for file in tmp_path.iterdir())
    assert size_bytes < 5 * ADDRESS_BURST, "the write-ahead log and the file have it once each, an entry twice"


def test_requests_at_the_same_moment_write_no_more_than_the_rate(tmp_path: Path) -> None:
    """All of them arrive before the first has been written."""
    settings = Settings(
        store=f"sqlite:///{tmp_path / 'lobby.db'}", rate_limits=True, written_bytes_per_player_burst=PLAYER_BURST
    )
    with served(create_app(settings)) as url, httpx.Client(base_url=url, timeout=30, trust_env=False) as client:

        def run(query: str, token: str | None = None, **variables: object) -> Any:
            headers = {"authorization": f"Bearer {token}"} if token is not None else {}
            return client.post("/graphql", json={"query": query, "variables": variables}, headers=headers).json()[
                "data"
            ]

        token = run(SIGN_IN)["signInAsGuest"]["credentials"]["accessToken"]
        attributes = [{"key": f"k{number}", "value": "x" * 1_024} for number in range(20)]
        party_id = run(CREATE, token, a=attributes)["createParty"]["party"]["id"]
        with ThreadPoolExecutor(16) as threads:
            names = threads.map(lambda number: run(RENAME, token, id=party_id, name=f"name {number}"), range(16))
            codes = [answer["updateParty"].get("code") for answer in names]
    assert set(codes) == {None, "RATE_LIMITED"}
    assert codes.count(None) * 20 * 1_024 < PLAYER_BURST
