"""What every resolver gets: who is asking, and the services to ask."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry

from lobby.auth.caller import Caller
from lobby.auth.credentials import Credentials
from lobby.auth.tickets import Ticket, Tickets
from lobby.domain.bounds import Bounds
from lobby.domain.model import Player
from lobby.domain.standing import OPERATORS
from lobby.domain.values import PartyId, PlayerId, SessionId
from lobby.entering import Entrance
from lobby.live.hub import Hub
from lobby.live.lobby_feed import LobbyFeed
from lobby.live.player_streams import PlayerStreams
from lobby.operations.errors import UNAUTHENTICATED, CallerError
from lobby.ports import Clock
from lobby.rates.attempts import Tries
from lobby.reader import Reader
from lobby.service import Lobby
from lobby.value import Value, changed
from resolvers.shown_frames import ShownFrames
from schema.server_info import ServerLimits


@dataclass(frozen=True, slots=True)
class Services:
    """All that resolvers may call; made once."""

    lobby: Lobby
    entrance: Entrance
    reader: Reader
    hub: Hub
    feed: LobbyFeed
    streams: PlayerStreams
    tries: Tries
    credentials: Credentials
    tickets: Tickets
    clock: Clock
    bounds: Bounds
    frames: ShownFrames
    limits: ServerLimits
    fingerprint_key: bytes
    """What idempotency fingerprints are keyed with: inputs hold passwords, which must not be guessed from a digest."""


class Context(Value):
    """One operation's caller and services."""

    caller: Caller
    request_id: str
    services: Services
    address: str = ""
    """Where it comes from, for what is counted by address; "" where there is none."""
    resume_after: str | None = None
    """The position that the transport says a stream was cut off behind; it counts before the one of the operation."""

    def resumed_after(self, position: str) -> Context:
        return changed(self, resume_after=position)

    @property
    def viewer(self) -> PlayerId | None:
        """The id of who looks; None for a stranger."""
        if self.caller.is_operator:
            return OPERATORS
        return self.caller.player.id if self.caller.player is not None else None

    def player(self) -> Player:
        """The signed-in player; a stranger is told to sign in."""
        if self.caller.player is None:
            refusal = "an operator's key acts for no player" if self.caller.is_operator else self.caller.refusal
            why = f" ({refusal})" if refusal else ""
            raise CallerError(UNAUTHENTICATED, f"Sign in first{why}.")
        return self.caller.player

    def reader(self) -> PlayerId:
        """The id of who reads what strangers may not: a player's, or that of operators. A stranger is told to sign in."""
        return OPERATORS if self.caller.is_operator else self.player().id

    def leading_player(self) -> Player | None:
        """The signed-in player, or None for a game server with the service key, who needs to lead nothing."""
        return None if self.caller.is_service else self.player()

    def expect_game_server(self) -> None:
        """Only who has the service key goes on."""
        if not self.caller.is_service:
            raise CallerError(UNAUTHENTICATED, "Only a game server can do this, with the service key.")

    async def ticket(self, party_id: PartyId, session_id: SessionId | None) -> Ticket | None:
        """The caller's own fresh ticket into that session while it runs with the caller inside."""
        viewer = self.viewer
        party = await self.services.reader.party(party_id, viewer)
        if party is None or viewer is None or party.session is None or party.session.id != session_id:
            return None
        return self.services.tickets.issue(party, viewer, self.services.clock.now())


Info = strawberry.Info[Context, None]
