"""What docs/game-servers.md says of settings, claims, mutations and messages is what there is."""

from __future__ import annotations

import json
import re
from typing import Any

import jwt

from lobby.allocators.webhook import _allocate, _ended
from lobby.auth.secret import Secret
from lobby.auth.ticket_keys import TicketKeys
from lobby.auth.tickets import Tickets
from lobby.domain.values import SessionStatus
from lobby.ports import EndedRun
from lobby.settings import Settings
from schema.root import schema
from tests.domain.scenes import Scene
from tests.needs import ROOT

PAGE = (ROOT / "docs/game-servers.md").read_text(encoding="utf-8")


def messages() -> dict[str, Any]:
    blocks = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    return {message["type"]: message for message in map(json.loads, blocks)}


def test_every_setting_that_it_names_is_one() -> None:
    named = {name.lower() for name in re.findall(r"LOBBY_([A-Z_]+)", PAGE)}
    assert named - Settings.model_fields.keys() == set()


def test_its_messages_are_those_of_the_webhook() -> None:
    party = Scene("ann").starts().after(5).party
    run = EndedRun("session", "party", SessionStatus.COMPLETE, "won")
    shown, sent = messages(), {"allocate": _allocate(party), "ended": _ended(run)}
    assert {name: message.keys() for name, message in shown.items()} == {
        name: message.keys() for name, message in sent.items()
    }
    assert shown["allocate"]["players"][0].keys() == sent["allocate"]["players"][0].keys()


def test_its_claims_are_those_of_a_ticket() -> None:
    scene = Scene("ann").running()
    ticket = Tickets(TicketKeys(Secret.of("a test's"))).issue(scene.party, "ann", scene.at)
    assert ticket is not None
    claims = jwt.decode(ticket.token, options={"verify_signature": False})
    table = PAGE[PAGE.index("| claim |") : PAGE.index("1. Check it offline")]
    assert set(re.findall(r"`(\w+)`", table.replace("adventurebot2-lobby", ""))) == claims.keys()


def test_its_mutations_are_there() -> None:
    table = PAGE[PAGE.index("| mutation |") : PAGE.index("- A connection that is lost")]
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    mutations = schema._schema.mutation_type
    assert mutations is not None
    assert len(named) == 6
    assert set(named) <= mutations.fields.keys()
