"""Making parties, getting into them and out again."""

from __future__ import annotations

from fastapi import APIRouter, Request

from lobby.domain import commands
from lobby.domain.rejections import NOT_FOUND
from lobby.entering import Target
from lobby.http.callers import Refused
from lobby.http.rest.answers import PartyJoined, PartyLeft, PartyMade
from lobby.http.rest.asking import Asking
from lobby.http.rest.bodies import CreateParty, JoinParty, LeaveParty
from lobby.http.rest.documented import CHANGES, READS, documented
from lobby.http.rest.outcomes import accepted, bound, changed, ticket
from lobby.http.rest.parameters import KeyHeader, PartyOrCodePath, PartyPath, PlayerIdQuery
from lobby.http.shown.party import Party
from lobby.mint import read_join_code

_NEXT = ("show_party", "join_party", "leave_party", "start_session")
"""What is done with a party that was made."""


class PartyRoutes:
    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.router = APIRouter(tags=["parties"])
        route = self.router.add_api_route
        route("/party", self.create, methods=["POST"], **documented("create_party", CHANGES, "party_id", _NEXT))
        route("/party/{party_id}", self.show, methods=["GET"], **documented("show_party", READS))
        route("/party/{party_id}/join", self.join, methods=["POST"], **documented("join_party", CHANGES))
        route("/party/{party_id}/leave", self.leave, methods=["POST"], **documented("leave_party", CHANGES))

    async def create(
        self,
        request: Request,
        body: CreateParty | None = None,
        player_id: PlayerIdQuery = None,
        idempotency_key: KeyHeader = None,
    ) -> PartyMade:
        """Create a new party. Its creator leads it; on an open server a party made by nobody is led by who joins first."""
        body = body or CreateParty()
        context = self._asking.player_or_nobody(request, player_id, body.player_id)
        command = commands.CreateParty(
            context.caller.player, body.settings.patch(), body.changes(), body.character_class
        )
        once = bound(context, "POST /party", body.said(), idempotency_key)
        outcome = await context.services.entrance.create(command, body.leave_current, once)
        done = accepted(outcome, context)
        return PartyMade(**changed(done, context), join_code=done.party.join_code)

    async def show(self, request: Request, party_id: PartyPath, player_id: PlayerIdQuery = None) -> Party:
        """A party as the caller may see it."""
        context = self._asking.player_or_nobody(request, player_id)
        party = await context.services.reader.party(party_id, context.viewer)
        if party is None:
            raise Refused(NOT_FOUND, context)
        return Party.seen_by(context.viewer, party)

    async def join(
        self,
        request: Request,
        party_id: PartyOrCodePath,
        body: JoinParty | None = None,
        player_id: PlayerIdQuery = None,
        idempotency_key: KeyHeader = None,
    ) -> PartyJoined:
        """Add the player to a party. Who is in it already has joined."""
        body = body or JoinParty()
        context = self._asking.player(request, player_id, body.player_id)
        command = commands.JoinParty(context.player(), password=body.password, character_class=body.character_class)
        once = bound(context, f"POST /party/{party_id}/join", body.said(), idempotency_key)
        entrance = context.services.entrance
        done = accepted(
            await entrance.join(_target(party_id, context.address), command, body.leave_current, once), context
        )
        return PartyJoined(**changed(done, context), ticket=await ticket(done, context))

    async def leave(
        self,
        request: Request,
        party_id: PartyPath,
        body: LeaveParty | None = None,
        player_id: PlayerIdQuery = None,
        idempotency_key: KeyHeader = None,
    ) -> PartyLeft:
        """Remove the player from a party. The last one out closes it."""
        body = body or LeaveParty()
        context = self._asking.player(request, player_id, body.player_id)
        once = bound(context, f"POST /party/{party_id}/leave", body.said(), idempotency_key)
        command = commands.LeaveParty(context.player())
        done = accepted(await context.services.lobby.execute(party_id, command, once), context)
        return PartyLeft(**changed(done, context))


def _target(party: str, address: str) -> Target:
    """A code has six characters, an id is a UUID: neither can be taken for the other."""
    code = read_join_code(party)
    return Target(party_id=party) if code is None else Target(join_code=party, address=address)
