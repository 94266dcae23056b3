"""Who is asking, on the transports that clients without GraphQL use."""

from __future__ import annotations

from collections.abc import Callable

from lobby.auth.caller import Caller
from lobby.auth.open_guests import open_guest
from lobby.domain.model import Player
from lobby.domain.rejections import Rejection, invalid
from lobby.http.credentials import Authenticate, authorization, settled
from resolvers.context import Context


class Refused(Exception):
    """A rule's no, on its way to the caller. `context`: who it is told to, where that is known."""

    def __init__(self, rejection: Rejection, context: Context | None = None) -> None:
        super().__init__(rejection.message)
        self.rejection = rejection
        self.viewer = context.viewer if context is not None else None


class Callers:
    """Players by their token; on an open server, whoever sends none is a guest by the `player_id` it gives."""

    def __init__(
        self, authenticate: Authenticate, context_of: Callable[[Caller, str, str], Context], is_open: bool = False
    ) -> None:
        """`context_of` also notes that the player is there."""
        self._authenticate = authenticate
        self._context_of = context_of
        self.is_open = is_open

    async def settle(self, given: str | None) -> None:
        """Wait for what it takes to tell who sends this Authorization header; after that the others here tell it at once."""
        await settled(self._authenticate, authorization(given))

    def anyone(self, given: str | None, request_id: str, address: str) -> Context:
        """Whoever asks; bad credentials make a stranger. `given`: the Authorization header's value."""
        return self._context_of(self._authenticate(authorization(given)), request_id, address)

    def player(self, given: str | None, player_id: str | None, request_id: str, address: str) -> Context:
        """The player who asks. Raises `CallerError` (UNAUTHENTICATED), or `Refused` for a player_id that can't be."""
        if not self.takes_as_open(given):
            context = self.anyone(given, request_id, address)
            player = context.player()
            if player_id not in (None, player.id):
                raise Refused(invalid("player_id", "You are signed in as another player; leave it out."), context)
            return context
        if player_id is None:
            raise Refused(invalid("player_id", "Say who you are."))
        guest = open_guest("player_id", player_id)
        if isinstance(guest, Rejection):
            raise Refused(guest)
        return self.acting(guest, request_id, address)

    def takes_as_open(self, given: str | None) -> bool:
        """Whether a caller with this Authorization header needs no credentials. Bad ones are not none."""
        return self.is_open and authorization(given) is None

    def acting(self, player: Player, request_id: str, address: str) -> Context:
        """The context of an open guest."""
        return self._context_of(Caller(player), request_id, address)
