"""Guessing secrets, forging tokens, and accessing data of other players."""

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

from tools.attack.context import Attack, AttackContext, Guest, Outcome
from tools.attack.raw_http import Answer, encode_operation, post

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
JOIN = "mutation($i:JoinPartyInput!){joinParty(input:$i){__typename ...on Rejection{code attemptsLeft retryAfterMs}}}"
ME = "{me{id displayName}}"


async def _guess_join_codes(context: AttackContext) -> Outcome:
    async def guess(number: int) -> Answer:
        code = "".join(random.choices(ALPHABET, k=6))  # noqa: S311
        return await post(context.target, encode_operation(JOIN, i={"joinCode": code}), context.eve.token)

    outcome = await context.repeat(guess)
    outcome.allow_only("NOT_FOUND", "RATE_LIMITED")
    _limit_guesses(outcome, "NOT_FOUND", 20)
    return outcome


async def _guess_passwords(context: AttackContext) -> Outcome:
    async def guess(number: int) -> Answer:
        input = {"partyId": context.listed_id, "password": f"password{number}"}
        return await post(context.target, encode_operation(JOIN, i=input), context.eve.token)

    outcome = await context.repeat(guess)
    outcome.allow_only("WRONG_PASSWORD", "RATE_LIMITED")
    _limit_guesses(outcome, "WRONG_PASSWORD", 5 + int(5 * context.seconds / 60) + 5)
    return outcome


async def _forge_tokens(context: AttackContext) -> Outcome:
    forged = cycle(list(_forged_tokens(context.victim)))
    outcome = await context.repeat(lambda _: post(context.target, encode_operation(ME), next(forged)))
    outcome.allow_only("UNAUTHENTICATED", "RATE_LIMITED", "text")
    return outcome


async def _read_foreign(context: AttackContext) -> Outcome:
    requests = cycle(list(_foreign_requests(context)))
    outcome = await context.repeat(lambda _: post(context.target, next(requests), context.eve.token))
    outcome.allow_only("ok", "NOT_FOUND", "NOT_MEMBER", "RATE_LIMITED", "BAD_USER_INPUT", "INVALID_CREDENTIALS")
    return outcome


def _limit_guesses(outcome: Outcome, code: str, most: int) -> None:
    """Add a fault if the server evaluated more than `most` guesses: the others must be rate limited."""
    looked_at = sum(count for response, count in outcome.responses.items() if response.endswith(code))
    if looked_at > most:
        outcome.add_fault(f"the server evaluated {looked_at} guesses, more than {most}")


def _forged_tokens(victim: Guest) -> Iterator[str]:
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


def _foreign_requests(context: AttackContext) -> Iterator[bytes]:
    party, anyone = context.party_id, str(uuid4())
    cursors = ["", "x", "0:1", f"{uuid4().hex[:16]}:1", "A" * 4_000, "-1", "9" * 30, "\u0000", "99999999999999999999:9"]
    for place in (party, anyone, "", "../" * 50, "\u202e", "0", "'; drop table parties; --"):
        yield encode_operation("query($i:ID!){party(id:$i){id joinCode}}", i=place)
        yield encode_operation("query($i:ID!){session(id:$i){id}}", i=place)
        yield encode_operation("mutation($i:ID!){leaveParty(input:{partyId:$i}){...on Rejection{code}}}", i=place)
        yield encode_operation("mutation($i:ID!){disbandParty(input:{partyId:$i}){...on Rejection{code}}}", i=place)
        yield encode_operation(
            "mutation($i:ID!){completeSession(input:{sessionId:$i}){...on Rejection{code}}}", i=place
        )
    for cursor in cursors:
        yield encode_operation("query($i:ID!,$c:Cursor){partyHistory(partyId:$i,after:$c){seq}}", i=party, c=cursor)
        yield encode_operation("query($c:String){parties(after:$c){totalCount}}", c=cursor)
        yield encode_operation("query($c:String){sessions(after:$c){totalCount}}", c=cursor)
        yield encode_operation(
            "mutation($t:String!){refreshCredentials(refreshToken:$t){...on Rejection{code}}}", t=cursor
        )


def _part(claims: dict[str, object]) -> str:
    return _b64(json.dumps(claims).encode())


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


ATTACKS = (
    Attack("join codes", "codes at random, by one player", _guess_join_codes),
    Attack("passwords", "passwords of one party, by one player", _guess_passwords),
    Attack("forged tokens", "17 forgeries of another's token", _forge_tokens),
    Attack("foreign ids and cursors", "71 questions about what is another's, or is not", _read_foreign),
)
