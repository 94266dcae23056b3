"""How a follower comes to hear of a party's events, in the words of each protocol."""

from __future__ import annotations

import json
from typing import Any

from bench.contenders import COLYSEUS
from bench.documents import WATCH_PARTY
from bench.load.follower import Follower, Lost
from bench.load.frames import BINARY
from bench.serving import Served
from bench.world import Member, Party

_JOIN_ROOM = b"\x0a"
"""Colyseus: sent by the server with the room's welcome, and back by the client, which is then in."""


def follow(server: Served, party: Party, member: Member) -> Follower:
    """A follower of `party`; that the server has it, only an event shows. Raises `Lost`."""
    if server.contender is COLYSEUS:
        return _in_room(server, party)
    follower = Follower(server.port, "/graphql", "graphql-transport-ws")
    token = member.token if server.contender.is_lobby else member.id
    follower.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    _expect_ack(follower)
    request = {"query": WATCH_PARTY.text, "variables": {"partyId": party.id}}
    follower.send_json({"type": "subscribe", "id": "1", "payload": request})
    return follower


def _expect_ack(follower: Follower) -> None:
    answer: dict[str, Any] = json.loads(follower.next())
    if answer["type"] != "connection_ack":
        raise Lost(f"connection_init was answered by {answer}")


def _in_room(server: Served, party: Party) -> Follower:
    seat = json.loads(server.request("POST", "/seat", json.dumps({"partyId": party.id})))
    follower = Follower(server.port, f"/{seat['processId']}/{seat['roomId']}?sessionId={seat['sessionId']}")
    welcome = follower.next()
    if not welcome.startswith(_JOIN_ROOM):
        raise Lost(f"the room answered {welcome!r}")
    follower.send(_JOIN_ROOM, BINARY)
    return follower
