"""The requests of each row over HTTP, for every party and player of the setup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tools.bench.contenders import Contender
from tools.bench.documents import (
    PARTIES,
    PARTY,
    POST_MESSAGE,
    SET_READY,
    UNTRUSTED,
    UPDATE_PARTY,
    Document,
    Request,
    add_text,
    request_body,
)
from tools.bench.load.wrk import KEY_MARK
from tools.bench.serving import RunningServer
from tools.bench.world import Member, Party

PAGE = 10
_KEY_MARK_IN_JSON = "\\t"


def party_queries(contender: Contender, parties: Iterable[Party]) -> Iterator[Request]:
    """Every member with a token queries its party."""
    return _queries(contender, PARTY, "id", parties)


def untrusted_queries(contender: Contender, parties: Iterable[Party]) -> Iterator[Request]:
    return _queries(contender, UNTRUSTED, "party", parties)


def ready_mutations(contender: Contender, parties: Iterable[Party]) -> Iterator[Request]:
    """All members become ready, then all unready. Sent in turn and repeated, each request is a change."""
    players = [(party, member) for party in parties for member in _members_with_token(party)]
    for ready in (True, False):
        for party, member in players:
            yield ready_mutation(contender, party, member, ready, KEY_MARK)


def ready_mutation(contender: Contender, party: Party, member: Member, ready: bool, key: str) -> Request:
    """`setReady` of one member. `key`: its idempotency key."""
    fields = {"partyId": party.id, "ready": ready, "settingsVersion": 1, "idempotencyKey": key}
    return _request(contender, SET_READY, member, {"input": fields})


def message_mutation(contender: Contender, party: Party, member: Member, text: str, key: str) -> Request:
    """`postMessage` of one member."""
    return _request(
        contender, POST_MESSAGE, member, {"input": {"partyId": party.id, "text": text, "idempotencyKey": key}}
    )


def attribute_mutation(contender: Contender, party: Party, value: str, key: str) -> Request:
    """`updateParty` of the leader, which gives the party's attribute `round` this value."""
    fields = {"partyId": party.id, "attributes": [{"key": "round", "value": value}], "idempotencyKey": key}
    return _request(contender, UPDATE_PARTY, party.members[0], {"input": fields})


def page_queries(contender: Contender, parties: Iterable[Party], filter_: dict[str, Any]) -> Iterator[Request]:
    """The first page of the public parties that match `filter_`, queried by the leader of each party."""
    for party in parties:
        yield _request(contender, PARTIES, party.members[0], {"filter": filter_, "first": PAGE})


def register_document(server: RunningServer, request: Request) -> None:
    """Send the request once with its document's text, if the server learns documents that way."""
    if server.contender.learns_documents and "sha256Hash" in request.body:
        server.request("POST", "/graphql", add_text(request.body.replace(KEY_MARK, "")), request.token)


def _queries(contender: Contender, document: Document, variable: str, parties: Iterable[Party]) -> Iterator[Request]:
    for party in parties:
        for member in _members_with_token(party):
            yield _request(contender, document, member, {variable: party.id})


def _request(contender: Contender, document: Document, member: Member, variables: dict[str, Any]) -> Request:
    return Request(
        contender.token_of(member),
        request_body(contender.form, document, variables).replace(_KEY_MARK_IN_JSON, KEY_MARK),
    )


def _members_with_token(party: Party) -> Iterator[Member]:
    return (member for member in party.members if member.token)
