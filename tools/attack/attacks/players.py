"""Attacks by signed-in players with valid requests: replays, lists, large answers, passwords, presence, and REST at full rate.

Every client may send each of these requests. They must not delay the requests of other clients.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from itertools import cycle
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tools.attack.attacks.connections import describe_close, open_socket, sign_in
from tools.attack.context import Attack, AttackContext, Guest, Outcome, sign_in_guest
from tools.attack.raw_http import Answer, encode_operation, encode_post, open_connection, post

CONNECTIONS = 8
LEADERS, JOINERS = 8, 20
PASSWORD_WAIT_S_MAX = 5.0
"""28 passwords of 30 ms each wait for one thread, which has a third of a core beside the other clients."""
LARGE_PARTIES = 12
UNREAD_CONNECTIONS = 40
PAUSE_S = 0.05

CREATE = "mutation($i:CreatePartyInput!){createParty(input:$i){...on PartyChanged{party{id cursor}}}}"
JOIN = "mutation($i:JoinPartyInput!){joinParty(input:$i){__typename ...on Rejection{code}}}"
POST_MESSAGE = "mutation($p:ID!,$t:String!){postMessage(input:{partyId:$p,text:$t}){__typename ...on Rejection{code}}}"
UPDATE = "mutation($i:UpdatePartyInput!){updateParty(input:$i){__typename ...on Rejection{code}}}"
WHOLE_PARTY = "id settings{name} members{player{displayName} attributes{key value}} attributes{key value}"
REPLAY = f"subscription($p:ID!,$c:Cursor){{partyEvents(partyId:$p,after:$c){{__typename seq party{{{WHOLE_PARTY}}}}}}}"
LIST = f"subscription{{lobbyEvents{{change party{{{WHOLE_PARTY}}}}}}}"
FOLLOW = "subscription($p:ID!){partyEvents(partyId:$p){seq}}"
LARGE = "{parties(first:50){nodes{%s}}}" % " ".join(  # noqa: UP031 - braces of GraphQL
    f"a{number}:attributes{{key value}}" for number in range(6)
)

Attacker = Callable[[int], Awaitable[object]]


async def _create_party(context: AttackContext, leader: Guest, **fields: object) -> dict[str, Any]:
    answer = await post(context.target, encode_operation(CREATE, i=fields), leader.token)
    party: dict[str, Any] = json.loads(answer.body)["data"]["createParty"]["party"]
    return party


async def _until_over(context: AttackContext, attackers: int, attack: Attacker) -> None:
    """Call `attack` with 0, 1, 2, ... in each of so many tasks, until the time is over."""
    until_s = time.monotonic() + context.seconds

    async def repeat(number: int) -> None:
        while time.monotonic() < until_s:
            with suppress(OSError, TimeoutError):
                await attack(number)
            number += attackers
            await asyncio.sleep(0)

    await asyncio.gather(*(repeat(number) for number in range(attackers)))


# Streams.


def _subscribe_again(query: str, variables: dict[str, Any]) -> Callable[[AttackContext, Outcome], Awaitable[None]]:
    """Start 32 subscriptions on a socket, read what comes for a moment, end them, and start over."""

    async def run(context: AttackContext, outcome: Outcome) -> None:
        async def attack(number: int) -> None:
            try:
                async with open_socket(context) as socket:
                    await sign_in(socket, context.eve.token)
                    until_s = time.monotonic() + context.seconds
                    while time.monotonic() < until_s:
                        number += 1
                        ids = [f"{number}-{each}" for each in range(32)]
                        payload = {"query": query, "variables": variables}
                        for each in ids:
                            await socket.send(json.dumps({"id": each, "type": "subscribe", "payload": payload}))
                        with suppress(TimeoutError):
                            async with asyncio.timeout(0.2):
                                while True:
                                    _record_frame(outcome, await socket.recv())
                        for each in ids:
                            await socket.send(json.dumps({"id": each, "type": "complete"}))
            except ConnectionClosed as closed:
                outcome.record_other(describe_close(closed))
            except InvalidHandshake:
                outcome.record_other("handshake refused")
                await asyncio.sleep(PAUSE_S)

        await _until_over(context, 2, attack)

    return run


def _record_frame(outcome: Outcome, text: str | bytes) -> None:
    frame = json.loads(text)
    payload = frame.get("payload")
    errors = payload if frame.get("type") == "error" else (payload or {}).get("errors")
    code = errors[0]["extensions"]["code"] if errors else ""
    outcome.record_other(f"{frame.get('type')} {code}".strip())
    if code == "INTERNAL":
        outcome.add_fault("an INTERNAL error")


async def _replays(context: AttackContext) -> Outcome:
    outcome = Outcome()
    party = await _create_party(context, context.eve)
    members = [context.eve, *[await sign_in_guest(context.target, f"Member {number}") for number in range(7)]]
    for member in members:
        await post(context.target, encode_operation(JOIN, i={"partyId": party["id"]}), member.token)
        for number in range(10):  # as many as may be posted at once
            message = encode_operation(POST_MESSAGE, p=party["id"], t=f"{number}" * 100)
            await post(context.target, message, member.token)
    await _subscribe_again(REPLAY, {"p": party["id"], "c": party["cursor"]})(context, outcome)
    return outcome


async def _lists(context: AttackContext) -> Outcome:
    outcome = Outcome()
    await _create_large_parties(context)
    await _subscribe_again(LIST, {})(context, outcome)
    return outcome


async def _flap(context: AttackContext) -> Outcome:
    """One player connects and disconnects; each is a change of the party that others see."""
    outcome = Outcome()
    party = await _create_party(context, context.eve)
    subscribe = json.dumps(
        {"id": "1", "type": "subscribe", "payload": {"query": FOLLOW, "variables": {"p": party["id"]}}}
    )

    async def attack(_: int) -> None:
        try:
            async with open_socket(context) as socket:
                await sign_in(socket, context.eve.token)
                await socket.send(subscribe)
                _record_frame(outcome, await socket.recv())
        except ConnectionClosed as closed:
            outcome.record_other(describe_close(closed))
        except InvalidHandshake:
            outcome.record_other("handshake refused")
            await asyncio.sleep(PAUSE_S)

    await _until_over(context, 4, attack)
    return outcome


# Answers that nobody reads.


async def _create_large_parties(context: AttackContext) -> None:
    """Public parties with 20 KB of attributes each."""
    attributes = [{"key": f"k{number}", "value": "x" * 1_024} for number in range(20)]
    for number in range(LARGE_PARTIES):
        leader = await sign_in_guest(context.target, f"Large {number}")
        await _create_party(context, leader, attributes=attributes, settings={"visibility": "PUBLIC"})


def _unread_attack(name: str, sends: str, request: Callable[[AttackContext], bytes]) -> Attack:
    """Connections that ask again and again, and read nothing."""

    async def run(context: AttackContext) -> Outcome:
        outcome = Outcome()
        await _create_large_parties(context)
        data, until_s = request(context), time.monotonic() + context.seconds
        async with AsyncExitStack() as stack:
            for _ in range(UNREAD_CONNECTIONS):
                with suppress(OSError):
                    link = await stack.enter_async_context(open_connection(context.target))
                    stack.callback(link.writer.transport.abort)
                    link.writer.transport.pause_reading()  # type: ignore[attr-defined]
                    link.writer.write(data * 20)
                    outcome.record_other("asks and reads nothing", 20)
            await asyncio.sleep(max(0.0, until_s - time.monotonic()))
        return outcome

    return Attack(name, sends, run)


def _encode_get(path: str, token: str = "") -> bytes:
    own = f"authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nhost: lobby\r\n{own}\r\n".encode()


def _encode_events(context: AttackContext) -> bytes:
    body = encode_operation(LIST)
    accept = b"\r\naccept: text/event-stream\r\n"
    return encode_post(body, context.eve.token).replace(b"\r\n", accept, 1)


# Passwords.


async def _password_queue(context: AttackContext) -> Outcome:
    """Eight leaders set passwords. At the same time twenty players join with passwords."""
    outcome = Outcome()
    leaders = [await sign_in_guest(context.target, f"Leader {number}") for number in range(LEADERS)]
    parties = [await _create_party(context, leader, settings={"password": "open sesame"}) for leader in leaders]
    joiners = [await sign_in_guest(context.target, f"Joiner {number}") for number in range(JOINERS)]

    async def attack(number: int) -> None:
        number %= LEADERS + JOINERS
        if number < LEADERS:
            settings = {"password": f"{time.monotonic()}"}
            body, token = (
                encode_operation(UPDATE, i={"partyId": parties[number]["id"], "settings": settings}),
                leaders[number].token,
            )
        else:
            party = parties[number % LEADERS]
            body = encode_operation(JOIN, i={"partyId": party["id"], "password": "open sesame"})
            token = joiners[number - LEADERS].token
        answer = await post(context.target, body, token)
        outcome.record(replace(answer, took_s=0.0))  # the attackers wait for each other's passwords, and may
        outcome.slowest_s = max(outcome.slowest_s, answer.took_s)
        if answer.took_s > PASSWORD_WAIT_S_MAX:
            outcome.add_fault(f"a password took longer than {PASSWORD_WAIT_S_MAX:g} s")

    await _until_over(context, LEADERS + JOINERS, attack)
    outcome.allow_only(
        "ok", "RATE_LIMITED", "WRONG_PASSWORD", "UNAVAILABLE", "PARTY_FULL", "ALREADY_IN_PARTY", "KICK_COOLDOWN"
    )
    return outcome


# REST.


async def _read_rest(context: AttackContext) -> Outcome:
    paths = cycle(["/sessions", f"/party/{context.listed_id}", "/openapi.json", "/metrics", "/healthz", "/readyz"])

    async def ask(_: int) -> Answer:
        try:
            async with open_connection(context.target) as link:
                for _ in range(9):
                    await link.send(_encode_get(next(paths), context.eve.token))
                return await link.send(_encode_get(next(paths), context.eve.token))
        except OSError:
            return Answer(0, b"", 0.0)

    return await context.repeat(ask, CONNECTIONS, may_close=True)


async def _slow_uploads(context: AttackContext) -> Outcome:
    """Bodies of the greatest length, 4 KB every 0.2 s."""
    outcome, until_s = Outcome(), time.monotonic() + context.seconds
    head = encode_post(b"", context.eve.token).replace(b"content-length: 0", b"content-length: 65000")

    async def upload() -> None:
        with suppress(OSError):
            async with open_connection(context.target) as link:
                link.writer.write(head)
                while time.monotonic() < until_s and not link.reader.at_eof():
                    link.writer.write(b" " * 4_096)
                    await asyncio.sleep(0.2)
                outcome.record_other("uploads")
                link.writer.transport.abort()

    await asyncio.gather(*(upload() for _ in range(context.connections_max // 8)))
    return outcome


ATTACKS = (
    Attack("replays", "64 subscriptions from the oldest cursor of an own log, again and again", _replays),
    Attack("lists of parties", "64 lobbyEvents with whole parties, again and again", _lists),
    _unread_attack(
        "answers not read",
        "queries with long answers",
        lambda context: encode_post(encode_operation(LARGE), context.eve.token),
    ),
    _unread_attack("REST not read", "GET /openapi.json", lambda _: _encode_get("/openapi.json")),
    _unread_attack("event streams not read", "lobbyEvents as server-sent events", _encode_events),
    Attack("password queue", "new passwords by 8 leaders, and joins with passwords by 20 players", _password_queue),
    Attack("presence flapping", "a stream and its end, as fast as possible", _flap),
    Attack("REST reads", "six paths at full rate", _read_rest),
    Attack("slow uploads", "65 KB each, 4 KB every 0.2 s", _slow_uploads),
)
