"""What is asked of a server in each of the rows over HTTP, party by party and player by player."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bench.contenders import LOBBY, Contender
from bench.documents import PARTIES, PARTY, SET_READY, UNTRUSTED, Document
from bench.load.wrk import KEY_PLACE
from bench.request import Request, request_body
from bench.world import Member, Party

PAGE = 10
_KEY_WRITTEN = "\\t"
"""How JSON writes `KEY_PLACE`."""


def party_queries(contender: Contender, parties: Iterable[Party]) -> Iterator[Request]:
    """Every member that can, asks for its party."""
    return _queries(contender, PARTY, "id", parties)


def untrusted_queries(contender: Contender, parties: Iterable[Party]) -> Iterator[Request]:
    return _queries(contender, UNTRUSTED, "party", parties)


def ready_mutations(contender: Contender, parties: Iterable[Party]) -> Iterator[Request]:
    """First all say that they are ready, then that they are not: sent in turn, each of them is a change."""
    players = [(party, member) for party in parties for member in _asking(party)]
    for ready in (True, False):
        for party, member in players:
            yield ready_mutation(contender, party, member, ready, KEY_PLACE)


def ready_mutation(contender: Contender, party: Party, member: Member, ready: bool, key: str) -> Request:
    """One change of one player's; `key` is its idempotency key."""
    wish = {"partyId": party.id, "ready": ready, "settingsVersion": 1, "idempotencyKey": key}
    return _request(contender, SET_READY, member, {"input": wish})


def page_queries(parties: Iterable[Party], wanted: dict[str, Any]) -> Iterator[Request]:
    """The lobby's first page of those parties that match `wanted`."""
    for party in parties:
        yield _request(LOBBY, PARTIES, party.members[0], {"filter": wanted, "first": PAGE})


def _queries(contender: Contender, document: Document, variable: str, parties: Iterable[Party]) -> Iterator[Request]:
    for party in parties:
        for member in _asking(party):
            yield _request(contender, document, member, {variable: party.id})


def _request(contender: Contender, document: Document, member: Member, variables: dict[str, Any]) -> Request:
    token = member.token if contender.is_lobby else member.id
    return Request(token, request_body(contender.form, document, variables).replace(_KEY_WRITTEN, KEY_PLACE))


def _asking(party: Party) -> Iterator[Member]:
    return (member for member in party.members if member.token)
