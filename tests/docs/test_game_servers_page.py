"""docs/game-servers.md names the settings, claims, mutations and messages that exist."""

from __future__ import annotations

import json
import re
from typing import Any

import jwt

from lobby.allocators.webhook import _allocate_message, _ended_message
from lobby.auth.secret import Secret
from lobby.auth.tickets import LogDigest, TicketKeys, Tickets
from lobby.domain.values import SessionStatus
from lobby.ports import EndedSession
from resolvers.root import schema
from tests.lobby.domain.scenes import Scene
from tests.needs import ROOT
from web.settings.settings import Settings

PAGE = (ROOT / "docs/game-servers.md").read_text(encoding="utf-8")


def messages() -> dict[str, Any]:
    blocks = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    return {message["type"]: message for message in map(json.loads, blocks)}


def test_every_setting_that_it_names_is_one() -> None:
    named = {name.lower() for name in re.findall(r"LOBBY_([A-Z_]+)", PAGE)}
    assert named - Settings.model_fields.keys() == set()


def test_its_messages_are_those_of_the_webhook() -> None:
    party = Scene("ann").starts().after(5).party
    run = EndedSession("session", "party", SessionStatus.COMPLETE, "won")
    shown, sent = messages(), {"allocate": _allocate_message(party), "ended": _ended_message(run)}
    assert {name: message.keys() for name, message in shown.items()} == {
        name: message.keys() for name, message in sent.items()
    }
    assert shown["allocate"]["players"][0].keys() == sent["allocate"]["players"][0].keys()


def test_its_claims_are_those_of_a_ticket() -> None:
    scene = Scene("ann").running()
    ticket = Tickets(TicketKeys(Secret.from_setting("a test's"))).issue(scene.party, "ann", scene.at)
    assert ticket is not None
    claims = jwt.decode(ticket.token, options={"verify_signature": False})
    table = PAGE[PAGE.index("| claim |") : PAGE.index("1. Check it offline")]
    assert set(re.findall(r"`(\w+)`", table.replace("adventurebot2-lobby", ""))) == claims.keys()


def test_its_receipt_has_the_claims_that_are_signed() -> None:
    scene = Scene("ann").running().completes()
    receipt = Tickets(TicketKeys(Secret.from_setting("a test's"))).sign_receipt(
        scene.session, "epoch", LogDigest(1, 2, "digest"), scene.at
    )
    claims = jwt.decode(receipt, options={"verify_signature": False})
    table = PAGE[PAGE.index("| receipt |") : PAGE.index("A receipt has no `exp`")]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == claims.keys()


def test_its_mutations_are_there() -> None:
    table = PAGE[PAGE.index("| mutation |") : PAGE.index("- Do not report a lost connection")]
    named = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    mutations = schema._schema.mutation_type
    assert mutations is not None
    assert len(named) == 7
    assert set(named) <= mutations.fields.keys()
