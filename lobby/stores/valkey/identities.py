"""Identities in the servers. `lobby.ports.identities` says what they are.

identity:<digest>        the identity of an account, in a partition of its own. It decides whose the account is.
identities-of:<player>   hash: digest of an account -> `ListedIdentity`, in the partition of the player

A link writes the entry of the list first, then the identity. An entry without an identity belongs to a link that another node has
not finished, or never will: each node that reads it finishes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import blake2b
from secrets import token_hex

import msgspec

from lobby.domain.identities import Identity
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Conflict, IdempotencyRecord, Retention, Unavailable
from lobby.stores.codec import read_identity, to_json
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.commit_plan import RecordClaim
from lobby.stores.valkey.commit_planner import record_claim
from lobby.stores.valkey.scripts import CLAIM_IDENTITY, DROP_IDENTITY, PREPARE_IDENTITY, UNLINK_IDENTITY


class ListedIdentity(msgspec.Struct, frozen=True):
    """An entry of the list of a player."""

    identity: Identity
    id: str
    """The call that made the entry."""
    record: str | None = None
    """The name of the record that the same call wrote."""


class IdentityPlan(msgspec.Struct):
    """The work of lua/prepare_identity.lua."""

    id: str
    claimed_at: Instant
    player: PlayerId
    digest: str
    text: str
    count_max: int
    record: RecordClaim | None


_read_listed = msgspec.json.Decoder(ListedIdentity).decode


class ValkeyIdentities:
    """See `lobby.ports.identities.Identities`."""

    def __init__(self, client: ValkeyClient, retention: Retention) -> None:
        self._client = client
        self._retention = retention

    async def identity(self, provider: str, subject: str) -> Identity | None:
        digest = account_digest(provider, subject)
        text = await self._client.call(self._home(digest), "GET", f"identity:{digest}")
        return read_identity(text.decode()) if text is not None else None

    async def identities_of(self, player_id: PlayerId) -> Sequence[Identity]:
        found = await asyncio.gather(*(self._finish(listed, text) for listed, text in await self._listed(player_id)))
        return sorted((one for one in found if one is not None), key=lambda one: (one.linked_at, one.subject))

    async def link(self, identity: Identity, count_max: int, record: IdempotencyRecord | None) -> None:
        began_at, id = self._client.server_time.now(), token_hex(8)
        claim = None
        if record is not None:
            claim = record_claim(record, id, stands=True, at=began_at, retention=self._retention)
        listed = ListedIdentity(identity, id, claim.name if claim is not None else None)
        text = msgspec.json.encode(listed).decode()
        digest = account_digest(identity.provider, identity.subject)
        plan = IdentityPlan(id, began_at, identity.player_id, digest, text, count_max, claim)
        reply = await self._client.run(PREPARE_IDENTITY, self._home(identity.player_id), msgspec.json.encode(plan))
        if reply != b"done":
            raise Conflict(reply.decode())
        if await self._finish(listed, text.encode()) is None:
            raise Conflict("the account is linked to another player")

    async def unlink(self, player_id: PlayerId) -> int:
        found = await self._listed(player_id)
        for listed, text in found:
            digest = account_digest(listed.identity.provider, listed.identity.subject)
            standing = await self._client.call(self._home(digest), "GET", f"identity:{digest}")
            if standing is not None and read_identity(standing.decode()).player_id == player_id:
                await self._client.run(UNLINK_IDENTITY, self._home(digest), digest, standing)
            await self._drop(player_id, digest, text)
        return len(found)

    async def put(self, identity: Identity) -> None:
        """Write an identity into servers that have none of this account, for a copy."""
        digest, text = account_digest(identity.provider, identity.subject), to_json(identity)
        listed = msgspec.json.encode(ListedIdentity(identity, "copy"))
        home = self._home(identity.player_id)
        await self._client.call(home, "HSET", f"identities-of:{identity.player_id}", digest, listed)
        await self._client.call(self._home(digest), "SET", f"identity:{digest}", text)

    async def _listed(self, player_id: PlayerId) -> list[tuple[ListedIdentity, bytes]]:
        texts = await self._client.call(self._home(player_id), "HVALS", f"identities-of:{player_id}")
        return [(_read_listed(text), text) for text in texts]

    async def _finish(self, listed: ListedIdentity, text: bytes) -> Identity | None:
        """Step 2 of a link. None: the account is another player's, and the entry is removed."""
        identity = listed.identity
        digest = account_digest(identity.provider, identity.subject)
        call = digest, to_json(identity), self._client.server_time.now()
        found: bytes = await self._client.run(CLAIM_IDENTITY, self._home(digest), *call)
        if not found:
            raise Unavailable("the call came too late")
        standing = read_identity(found.decode())
        if standing.player_id == identity.player_id:
            return standing
        await self._drop(identity.player_id, digest, text)
        return None

    async def _drop(self, player_id: PlayerId, digest: str, text: bytes) -> None:
        await self._client.run(DROP_IDENTITY, self._home(player_id), player_id, digest, text)

    def _home(self, id: str) -> int:
        return self._client.partitions.of(id)


def account_digest(provider: str, subject: str) -> str:
    """The name of an account in keys. Raises `UnicodeEncodeError`."""
    length = len(provider).to_bytes(4, "big")  # shows where the provider ends and the subject begins
    return blake2b(length + provider.encode() + subject.encode(), digest_size=16).hexdigest()
