"""Invites: sending, accepting and ending them, and the caller's own. Blocks: the players with whom the caller does not play."""

from __future__ import annotations

from lobby.domain import commands, rejections
from lobby.domain.model import Invite
from lobby.domain.rules.invites import NO_INVITE
from resolvers.context import Context, Info
from resolvers.inputs import to_player_id, unset_to_none
from resolvers.mutation_helpers import Outcome, fresh_ticket, idempotency_key, party_result, run_once
from schema import party as views
from schema.inputs import AcceptInviteInput, BlockPlayerInput, InviteActionInput, InvitePlayerInput
from schema.party import Party
from schema.player import Player
from schema.results import BlocksChanged, BlocksResult, InviteChanged, InviteResult, PartyResult, Rejection
from schema.scalars_and_enums import RootFields

mutations = RootFields()
queries = RootFields()


@mutations.add(
    "Ask a player to join, for 5 minutes unless set. By the leader, or by any member unless the party is INVITE_ONLY. A player "
    "who has a pending invite to the party keeps it. At most 8 are pending."
)
async def invite_player(info: Info, input: InvitePlayerInput) -> InviteResult:
    player, service = info.context.player(), info.context.services.invite_service
    if_version, invitee_id = unset_to_none(input.if_version), to_player_id(input.player_id)
    outcome = await run_once(
        info, input, lambda key: service.invite(player, input.party_id, invitee_id, key, if_version)
    )
    invite = None
    if not isinstance(outcome, rejections.Rejection):
        invites = [each for each in outcome.party.invites if each.invitee.id == invitee_id]
        invite = outcome.party.pending_invite(invitee_id) or (invites[-1] if invites else None)
    return _invite_result(info.context, outcome, invite)


@mutations.add(
    "Join the party of an invite. It passes PRIVATE, INVITE_ONLY and the password, and nothing else: if the party is full, for "
    "example, the invite stays. INVITE_GONE: it has ended."
)
async def accept_invite(info: Info, input: AcceptInviteInput) -> PartyResult:
    command = commands.JoinParty(
        info.context.player(),
        character_class=unset_to_none(input.character_class),
        client_version=unset_to_none(input.client_version),
        invite_id=input.invite_id,
    )
    service = info.context.services.invite_service
    outcome = await run_once(info, input, lambda key: service.accept(command, input.leave_current, key))
    return party_result(info.context, outcome, await fresh_ticket(info.context, outcome))


@mutations.add("By the player who is invited. Declining it again changes nothing. INVITE_GONE: it has ended otherwise.")
async def decline_invite(info: Info, input: InviteActionInput) -> InviteResult:
    return await _end(info, input, commands.DeclineInvite(info.context.player(), input.invite_id))


@mutations.add(
    "By the player who has invited, or by the leader. Revoking it again changes nothing. INVITE_GONE: it has ended otherwise."
)
async def revoke_invite(info: Info, input: InviteActionInput) -> InviteResult:
    return await _end(info, input, commands.RevokeInvite(info.context.player(), input.invite_id))


@mutations.add(
    "From the answer on, quick join, matchmaking and waiting lists put the two players into no party together, invites of the "
    "player are not delivered, and for the player parties that the caller leads are NOT_FOUND on joining. Nobody is told. At "
    "most 500 players."
)
async def block_player(info: Info, input: BlockPlayerInput) -> BlocksResult:
    return await _change_blocks(info, input, is_blocking=True)


@mutations.add("Unblocking a player who is not blocked changes nothing.")
async def unblock_player(info: Info, input: BlockPlayerInput) -> BlocksResult:
    return await _change_blocks(info, input, is_blocking=False)


@queries.add("Pending invites to the caller, the latest first, at most 32.")
async def invites(info: Info) -> list[views.Invite]:
    player = info.context.player()
    found = await info.context.services.invite_service.invites_of(player)
    return [Party.of(each.party, player.id).invite(each.invite) for each in found]


@queries.add("The players whom the caller blocks, the latest first, at most 500. Only the caller sees them.")
async def blocked_players(info: Info) -> list[Player]:
    blocked = await info.context.services.block_service.blocked_players(info.context.player().id)
    return list(map(Player.of, blocked))


async def _end(
    info: Info, input: InviteActionInput, command: commands.DeclineInvite | commands.RevokeInvite
) -> InviteResult:
    service = info.context.services.invite_service
    outcome = await run_once(info, input, lambda key: service.end(command, key))
    invite = outcome.party.invite(input.invite_id) if not isinstance(outcome, rejections.Rejection) else None
    return _invite_result(info.context, outcome, invite)


def _invite_result(context: Context, outcome: Outcome, invite: Invite | None) -> InviteChanged | Rejection:
    """`invite` None: the party of a replayed result is no longer kept as it was, and has forgotten the invite."""
    if isinstance(outcome, rejections.Rejection) or invite is None:
        rejection = outcome if isinstance(outcome, rejections.Rejection) else NO_INVITE
        return Rejection.of(rejection, context.viewer)
    return InviteChanged(invite=Party.of(outcome.party, context.viewer).invite(invite), replayed=outcome.replayed)


async def _change_blocks(info: Info, input: BlockPlayerInput, is_blocking: bool) -> BlocksResult:
    player, service = info.context.player(), info.context.services.block_service
    key = idempotency_key(info, input)
    if isinstance(key, rejections.Rejection):
        return Rejection.of(key, info.context.viewer)
    change = service.block if is_blocking else service.unblock
    outcome = await change(player, to_player_id(input.player_id), key)
    if isinstance(outcome, rejections.Rejection):
        return Rejection.of(outcome, info.context.viewer)
    blocked = [Player.of(block.player) for block in reversed(outcome.blocks.blocks)]
    return BlocksChanged(blocked=blocked, replayed=outcome.replayed)
