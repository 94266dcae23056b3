"""The commands and links of the READMEs work."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.needs import ROOT
from tools.demo.address import Address

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
REQUEST = re.compile(r"ask '(\{.*\})'")


def requests() -> list[str]:
    """The GraphQL documents of the curl lines, in their order."""
    return [json.loads(body)["query"] for body in REQUEST.findall(README)]


async def test_the_first_party_of_the_readme_can_be_played(address: Address) -> None:
    sign_in, create, start, mine, complete = requests()
    async with httpx.AsyncClient() as curl:

        async def ask(query: str) -> Any:
            return (await curl.post(address.http, json={"query": query})).json()["data"]

        guest = await ask(sign_in)
        curl.headers["Authorization"] = f"Bearer {guest['signInAsGuest']['credentials']['accessToken']}"
        party = (await ask(create))["createParty"]["party"]
        session = (await ask(start.replace("…", party["id"])))["startSession"]["session"]
        assert (await ask(mine))["myParty"]["session"]["id"] == session["id"]
        too_soon = await ask(complete.replace("…", session["id"]))
        assert too_soon["completeSession"] == {"code": "SESSION_NOT_ACTIVE"}, "the countdown of 3 s runs"


@pytest.mark.parametrize("path", ["README.md", "client_queries/README.md", "docs/game-servers.md"])
def test_a_readme_leads_to_files_that_are_there(path: str) -> None:
    readme = ROOT / path
    links = LINK.findall(readme.read_text(encoding="utf-8"))
    assert [link for link in links if not (readme.parent / link).exists()] == []
