"""Invites: sending, accepting and ending them, and the invites that a player has. `lobby.domain.rules.invites` has the rules."""

from __future__ import annotations

from collections.abc import Sequence

from lobby.app.command_handler import CommandHandler, ProposedChange
from lobby.app.idempotency import CommandResult, IdempotencyKey
from lobby.app.join_proposals import JoinProposals
from lobby.app.player_names import ERASED, PlayerNames
from lobby.domain.blocks import BlockCheck
from lobby.domain.commands import DeclineInvite, InvitePlayer, JoinParty, RevokeInvite
from lobby.domain.invites import invite_to, party_of_invite
from lobby.domain.model import Invite, Party, Player
from lobby.domain.rejections import NOT_FOUND, Rejection
from lobby.domain.rules.invites import NO_INVITE
from lobby.domain.values import PartyId, PlayerId
from lobby.ports import INVITES_LISTED_MAX
from lobby.struct import Struct, replace


class InviteWithParty(Struct):
    """An invite with the party that it is to."""

    invite: Invite
    party: Party


class InviteService:
    """Commands about invites, and the list of the pending invites of a player."""

    def __init__(self, handler: CommandHandler, proposals: JoinProposals, names: PlayerNames) -> None:
        self._handler = handler
        self._store = handler.store
        self._proposals = proposals
        self._names = names

    async def invite(
        self,
        actor: Player,
        party_id: PartyId,
        player_id: PlayerId,
        idempotency_key: IdempotencyKey | None = None,
        if_version: int | None = None,
    ) -> CommandResult | Rejection:
        """Invite a player to the party of the actor. The answer does not show whether the player blocks the actor."""

        async def propose() -> ProposedChange | Rejection:
            party = await self._store.latest(party_id)
            if party is None:
                return NOT_FOUND
            if self._names.is_erased(player_id):
                return ERASED
            player = await self._names.find(player_id, viewer_id=actor.id)
            unless_unwanted = (BlockCheck(player_id, blocked=(actor.id,)),)
            is_unwanted = await self._store.finds_block(unless_unwanted)
            proposed = await self._handler.propose(party, InvitePlayer(actor, player, is_unwanted), if_version)
            if isinstance(proposed, Rejection) or is_unwanted or not proposed.changes:
                return proposed
            return replace(proposed, block_checks=unless_unwanted)

        return await self._handler.commit(propose, actor.id, idempotency_key, "invite_player")

    async def accept(
        self,
        command: JoinParty,
        leave_current: bool = False,
        idempotency_key: IdempotencyKey | None = None,
    ) -> CommandResult | Rejection:
        """Join with the invite that `command` names."""
        invite_id = command.invite_id
        assert invite_id is not None, "the command names an invite"

        async def propose() -> ProposedChange | Rejection:
            party = await self._proposals.find_party(party_of_invite(invite_id), command.actor)
            if party is None:
                return NO_INVITE
            return await self._proposals.propose_join(party, command, leave_current)

        outcome = await self._handler.commit(propose, command.actor.id, idempotency_key, "accept_invite")
        return NO_INVITE if outcome == NOT_FOUND else outcome

    async def end(
        self, command: DeclineInvite | RevokeInvite, idempotency_key: IdempotencyKey | None = None
    ) -> CommandResult | Rejection:
        """Decline an invite, or take it back."""
        outcome = await self._handler.execute(party_of_invite(command.invite_id), command, idempotency_key)
        return NO_INVITE if outcome == NOT_FOUND else outcome

    async def invites_of(self, player: Player) -> Sequence[InviteWithParty]:
        """The pending invites of the player, the latest first, up to `INVITES_LISTED_MAX`, with the name of today.

        Invites from players whom the player blocks are left out, whether the block came before the invite (`Invite.is_hidden`) or
        later. Raises `Unavailable`.
        """
        party_ids = await self._store.parties_inviting(player.id)
        found = [await self._invite_to(party_id, player) for party_id in party_ids]
        listed = [each for each in found if each is not None]
        return sorted(listed, key=lambda each: each.invite.created_at, reverse=True)[:INVITES_LISTED_MAX]

    async def _invite_to(self, party_id: PartyId, player: Player) -> InviteWithParty | None:
        party = await self._store.party(party_id)
        invite = invite_to(party, player.id) if party is not None else None
        if party is None or invite is None or (await self._store.block_list(player.id)).has(invite.inviter.id):
            return None
        return InviteWithParty(replace(invite, invitee=player), party)
