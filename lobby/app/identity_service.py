"""Signing in with accounts elsewhere, and linking them to a player."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from lobby.app.command_handler import CommandHandler
from lobby.app.idempotency import KEY_REUSED, IdempotencyKey
from lobby.app.text_check import TextCheck
from lobby.auth.accounts import IDENTITIES_MAX, RETRY_PAUSE_S, Account, AccountPlayers, SignInProvider
from lobby.auth.guest_credentials import GuestCredentials, IssuedCredentials
from lobby.domain import text
from lobby.domain.identities import Identity, unnamed
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection, RejectionCode, invalid
from lobby.domain.values import PlayerId
from lobby.ports import Conflict
from lobby.struct import Struct

IDENTITY_BYTES = 1_000
"""About the bytes that one identity takes at most: provider and subject have 255 characters each."""
_TAKEN = Rejection(RejectionCode.IDENTITY_TAKEN, "This account is another player.", field="token")


class SignedIn(Struct):
    """The credentials of the player, and a token of the provider for its own services."""

    credentials: IssuedCredentials
    provider_token: str | None


class IdentitiesResult(Struct):
    """The identities of the player after a command, or as they are now for a replayed one."""

    identities: tuple[Identity, ...]
    replayed: bool = False


class IdentityService:
    """`providers`: by their names, as `ServerInfo.signInProviders` lists them."""

    def __init__(
        self,
        handler: CommandHandler,
        players: AccountPlayers,
        credentials: GuestCredentials,
        providers: Mapping[str, SignInProvider],
        text_check: TextCheck,
    ) -> None:
        self._text_check = text_check
        self._handler = handler
        self._store = handler.store
        self._players = players
        self._credentials = credentials
        self._providers = providers

    @property
    def provider_names(self) -> Sequence[str]:
        return tuple(self._providers)

    async def sign_in(self, provider: str, token: str, display_name: str | None = None) -> SignedIn | Rejection:
        """Credentials of the player that the account is. `display_name` None: the name that the player had.

        Raises `Unavailable`.
        """
        if display_name is not None:
            name = text.normalize_line("display_name", display_name, text.DISPLAY_NAME_CHARS_MAX)
            if isinstance(name, Rejection):
                return name
            rejection = await self._text_check.check_name("display_name", name)
            if rejection is not None:
                return rejection
            display_name = name
        account = await self._verify(provider, token)
        if isinstance(account, Rejection):
            return account
        player = await self._players.find(account)
        if display_name is None and await self._text_check.check_name("display_name", player.display_name) is not None:
            display_name = unnamed(player.id).display_name  # the provider may allow what this lobby does not
        rejection = self._credentials.reject_player(player.id)
        if rejection is not None:
            return rejection
        credentials = await self._credentials.sign_in(Player(player.id, display_name or player.display_name))
        return SignedIn(credentials, account.provider_token)

    async def link(
        self, actor: Player, provider: str, token: str, idempotency_key: IdempotencyKey | None = None
    ) -> IdentitiesResult | Rejection:
        """The account is the actor from now on. IDENTITY_TAKEN if it is another player already."""
        verified: list[Account] = []
        """The token may be good for one use only, so a lost race must not use it again."""

        async def attempt() -> IdentitiesResult | Rejection | None:
            earlier = await find_earlier()
            if earlier is not None:
                return earlier
            if not verified:
                account = await self._verify(provider, token)
                if isinstance(account, Rejection):
                    return account
                verified.append(account)
            return await self._link(actor, verified[0], idempotency_key)

        async def find_earlier() -> IdentitiesResult | Rejection | None:
            if idempotency_key is None:
                return None
            # Before the record is read: a link that a dead node has begun is finished, or taken back with its record. After it,
            # once more: the link of a pending record is durable then.
            await self._store.identities_of(actor.id)
            record = await self._store.find_idempotency_record(actor.id, idempotency_key.key)
            if record is None:
                return None
            identities = await self._store.identities_of(actor.id)
            if record.fingerprint != idempotency_key.fingerprint:
                return KEY_REUSED
            return IdentitiesResult(tuple(identities), replayed=True)

        return await self._handler.run_once(attempt, find_earlier, actor.id, "link_identity")

    async def identities_of(self, player_id: PlayerId) -> Sequence[Identity]:
        """Oldest first. Raises `Unavailable`."""
        return await self._store.identities_of(player_id)

    async def erase_player(self, player_id: PlayerId) -> int:
        """Delete the identities of the player, whose accounts become new players when they sign in again. Returns how many.

        Raises `Unavailable`.
        """
        return await self._store.unlink_identities(player_id)

    async def _verify(self, provider: str, token: str) -> Account | Rejection:
        verifier = self._providers.get(provider)
        if verifier is None:
            return invalid("provider", "Must be one of ServerInfo.signInProviders.")
        return await verifier.verify(token)

    async def _link(
        self, actor: Player, account: Account, key: IdempotencyKey | None
    ) -> IdentitiesResult | Rejection | None:
        """None: another request was first."""
        linked = await self._store.identity(account.provider, account.subject)
        if linked is not None and linked.player_id != actor.id:
            return _TAKEN
        identities = await self._store.identities_of(actor.id)
        if linked is None and len(identities) >= IDENTITIES_MAX:
            return invalid("provider", f"A player has at most {IDENTITIES_MAX} identities.")
        now = self._handler.clock.now()
        identity = linked or Identity(account.provider, account.subject, actor.id, now, actor.display_name)
        try:
            if linked is None or key is not None:
                record = key.record(actor.id, None, now) if key is not None else None
                await self._store.link_identity(identity, IDENTITIES_MAX, record)
                self._handler.charge_bytes(actor.id, IDENTITY_BYTES)
        except Conflict:
            await asyncio.sleep(RETRY_PAUSE_S)
            return None
        return IdentitiesResult(tuple(await self._store.identities_of(actor.id)))
