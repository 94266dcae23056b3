"""Accounts elsewhere that a provider has confirmed, and the players that they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lobby.domain.identities import Identity, unnamed
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Clock, Conflict, Store, Unavailable
from lobby.runtime.ids import new_id
from lobby.runtime.lru_cache import LRUCache

IDENTITIES_MAX = 8
"""Identities of one player: a rule of the lobby, not a setting."""
KNOWN_MAX = 32_768
KNOWN_MS = 60_000
"""How long a node remembers the player of an account. That changes only when a player is erased: see `AccountPlayers`."""
ATTEMPTS_MAX = 100
RETRY_PAUSE_S = 0.02
"""Between two attempts to link an account. Another request that does the same needs a turn of the disk to finish."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account elsewhere, as its provider has just confirmed it."""

    provider: str
    subject: str
    display_name: str | None = None
    """The name at the provider; None if it gives none that can be displayed."""
    own_player_id: PlayerId | None = None
    """The id of the player that the account becomes unless it is linked to another one; None: a new id."""
    provider_token: str | None = None
    """A token of the provider for its own services, for the client that signs in."""


class SignInProvider(Protocol):
    """Confirms accounts of one provider."""

    async def verify(self, token: str) -> Account | Rejection:
        """The account that `token` proves. INVALID_CREDENTIALS for a token that proves none; UNAVAILABLE if the provider can't be
        asked now. Bounded in time."""


def invalid_token(message: str) -> Rejection:
    return Rejection(RejectionCode.INVALID_CREDENTIALS, message, field="token")


class AccountPlayers:
    """Finds the player that an account is. An account that comes for the first time becomes a player."""

    def __init__(
        self, store: Store, clock: Clock, is_erased: Callable[[PlayerId], bool] = lambda player_id: False
    ) -> None:
        """`is_erased`: True for a player who was erased, on any node. No account is such a player, also if this node still
        remembers that."""
        self._store = store
        self._clock = clock
        self._is_erased = is_erased
        self._known = LRUCache[tuple[str, str], tuple[Instant, Identity]](KNOWN_MAX)

    def known(self, account: Account) -> Player | None:
        """The player, if this node has found it a short time ago."""
        found = self._known.get((account.provider, account.subject))
        if found is None or found[0] + KNOWN_MS <= self._clock.now() or self._is_erased(found[1].player_id):
            return None
        return player_of(account, found[1])

    async def find(self, account: Account) -> Player:
        """Raises `Unavailable`."""
        identity = await self._find_or_link(account)
        self._known.put((account.provider, account.subject), (self._clock.now(), identity))
        return player_of(account, identity)

    async def _find_or_link(self, account: Account) -> Identity:
        for _ in range(ATTEMPTS_MAX):
            identity = await self._store.identity(account.provider, account.subject)
            if identity is not None and not self._is_erased(identity.player_id):
                return identity
            if identity is not None:  # the player is being erased: the identity goes in a moment
                await asyncio.sleep(RETRY_PAUSE_S)
                continue
            player_id = account.own_player_id
            if player_id is None or self._is_erased(player_id):
                player_id = new_id()
            new = Identity(account.provider, account.subject, player_id, self._clock.now())
            try:
                await self._store.link_identity(new, IDENTITIES_MAX)
            except Conflict:
                await asyncio.sleep(RETRY_PAUSE_S)
            else:
                return new
        raise Unavailable("others keep linking the same account, or its player is being erased")


def player_of(account: Account, identity: Identity) -> Player:
    """A linked account has the name that its player had before; others have the name at the provider."""
    name = identity.display_name or account.display_name
    return Player(identity.player_id, name) if name is not None else unnamed(identity.player_id)
