"""Guessing what is secret, forging what is signed, and asking for what is another's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Iterator
from itertools import cycle
from uuid import uuid4

from attack.arena import Arena, Attack, Guest
from attack.outcome import Outcome
from attack.wire import Answer, operation, post

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
JOIN = "mutation($i:JoinPartyInput!){joinParty(input:$i){__typename ...on Rejection{code attemptsLeft retryAfterMs}}}"
ME = "{me{id displayName}}"


async def _codes(arena: Arena) -> Outcome:
    async def guess(number: int) -> Answer:
        code = "".join(random.choices(ALPHABET, k=6))  # noqa: S311
        return await post(arena.target, operation(JOIN, i={"joinCode": code}), arena.eve.token)

    outcome = await arena.repeat(guess)
    outcome.expect("NOT_FOUND", "RATE_LIMITED")
    _few(outcome, "NOT_FOUND", 20)
    return outcome


async def _passwords(arena: Arena) -> Outcome:
    async def guess(number: int) -> Answer:
        wish = {"partyId": arena.listed_id, "password": f"password{number}"}
        return await post(arena.target, operation(JOIN, i=wish), arena.eve.token)

    outcome = await arena.repeat(guess)
    outcome.expect("WRONG_PASSWORD", "RATE_LIMITED")
    _few(outcome, "WRONG_PASSWORD", 5 + int(5 * arena.seconds / 60) + 5)
    return outcome


async def _tokens(arena: Arena) -> Outcome:
    forged = cycle(list(_forgeries(arena.victim)))
    outcome = await arena.repeat(lambda _: post(arena.target, operation(ME), next(forged)))
    outcome.expect("UNAUTHENTICATED", "RATE_LIMITED", "text")
    return outcome


async def _foreign(arena: Arena) -> Outcome:
    asked = cycle(list(_questions(arena)))
    outcome = await arena.repeat(lambda _: post(arena.target, next(asked), arena.eve.token))
    outcome.expect("ok", "NOT_FOUND", "NOT_MEMBER", "RATE_LIMITED", "BAD_USER_INPUT", "INVALID_CREDENTIALS")
    return outcome


def _few(outcome: Outcome, code: str, most: int) -> None:
    """A guess that was looked at; others were not."""
    looked_at = sum(count for told, count in outcome.came_back.items() if told.endswith(code))
    if looked_at > most:
        outcome.fault(f"{looked_at} guesses were looked at")


def _forgeries(victim: Guest) -> Iterator[str]:
    head, claims, signature = victim.token.split(".")
    own = json.loads(base64.urlsafe_b64decode(claims + "=="))
    later = _part(own | {"exp": int(time.time()) + 10**6})
    yield f"{_part({'alg': 'none', 'typ': 'JWT'})}.{later}."
    yield f"{_part({'alg': 'None'})}.{claims}.{signature}"
    yield f"{head}.{later}.{signature}"
    yield f"{head}.{claims}.{signature[:-6]}AAAAAA"
    yield f"{head}.{claims}."
    for key in (b"", b"secret", b"adventurebot2-lobby", b"null"):
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{later}"
        yield f"{signed}.{_b64(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"
    for algorithm in ("RS256", "EdDSA", "HS384", "HS512"):
        yield f"{_part({'alg': algorithm, 'kid': '../../dev/null', 'jku': 'http://127.0.0.1:1/'})}.{claims}.{signature}"
    yield victim.id
    yield "." * 3_000
    yield "A" * 6_000
    yield f"{_b64(b'[' * 3_000)}.{_b64(b'[' * 3_000)}.AAAA"


def _questions(arena: Arena) -> Iterator[bytes]:
    party, anyone = arena.party_id, str(uuid4())
    cursors = ["", "x", "0:1", f"{uuid4().hex[:16]}:1", "A" * 4_000, "-1", "9" * 30, "\u0000", "99999999999999999999:9"]
    for place in (party, anyone, "", "../" * 50, "\u202e", "0", "'; drop table parties; --"):
        yield operation("query($i:ID!){party(id:$i){id joinCode}}", i=place)
        yield operation("query($i:ID!){session(id:$i){id}}", i=place)
        yield operation("mutation($i:ID!){leaveParty(input:{partyId:$i}){...on Rejection{code}}}", i=place)
        yield operation("mutation($i:ID!){disbandParty(input:{partyId:$i}){...on Rejection{code}}}", i=place)
        yield operation("mutation($i:ID!){completeSession(input:{sessionId:$i}){...on Rejection{code}}}", i=place)
    for cursor in cursors:
        yield operation("query($i:ID!,$c:Cursor){partyHistory(partyId:$i,after:$c){seq}}", i=party, c=cursor)
        yield operation("query($c:String){parties(after:$c){totalCount}}", c=cursor)
        yield operation("query($c:String){sessions(after:$c){totalCount}}", c=cursor)
        yield operation("mutation($t:String!){refreshCredentials(refreshToken:$t){...on Rejection{code}}}", t=cursor)


def _part(claims: dict[str, object]) -> str:
    return _b64(json.dumps(claims).encode())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


ATTACKS = (
    Attack("join codes", "codes at random, by one player", _codes),
    Attack("passwords", "passwords of one party, by one player", _passwords),
    Attack("forged tokens", "17 forgeries of another's token", _tokens),
    Attack("foreign ids and cursors", "71 questions about what is another's, or is not", _foreign),
)
