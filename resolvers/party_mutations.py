"""Mutations that create a party or join one (quick join too), and those of members and leaders in their party."""

from __future__ import annotations

from lobby.app.join_service import JoinTarget
from lobby.domain import commands, rejections
from lobby.runtime.ids import new_join_code, new_random_bits
from lobby.struct import replace
from resolvers.context import Info
from resolvers.inputs import (
    attribute_changes,
    to_party_filter,
    to_pings,
    to_player_id,
    to_settings_patch,
    unset_to_none,
)
from resolvers.mutation_helpers import Outcome, fresh_ticket, in_party, party_result, run_once
from schema.inputs import (
    CreatePartyInput,
    EnterPartyInput,
    JoinPartyInput,
    KickMemberInput,
    MuteMemberInput,
    PartyActionInput,
    PostMessageInput,
    PromoteMemberInput,
    QuickJoinInput,
    SetReadyInput,
    SetTeamInput,
    UpdateMemberInput,
    UpdatePartyInput,
)
from schema.results import PartyResult
from schema.scalars_and_enums import RootFields

mutations = RootFields()
SHUFFLE_BITS = 128
"""Enough for all orders of 8 members and of 4 teams, each about as likely as the others."""


@mutations.add()
async def create_party(info: Info, input: CreatePartyInput) -> PartyResult:
    command = commands.CreateParty(
        info.context.player(),
        to_settings_patch(input.settings),
        attribute_changes(input.attributes),
        unset_to_none(input.character_class),
        client_version=unset_to_none(input.client_version),
    )
    join_service = info.context.services.join_service
    outcome = await run_once(info, input, lambda key: join_service.create(command, input.leave_current, key))
    return party_result(info.context, outcome)


@mutations.add(
    "Joining the party that one is in already succeeds and changes nothing. With `wait` a full party puts the player on its "
    "waiting list; a seat that comes free is held for the first one who is connected, who takes it by joining."
)
async def join_party(info: Info, input: JoinPartyInput) -> PartyResult:
    command = commands.JoinParty(
        info.context.player(),
        password=unset_to_none(input.password),
        character_class=unset_to_none(input.character_class),
        client_version=unset_to_none(input.client_version),
        wait=input.wait,
    )
    target = JoinTarget(unset_to_none(input.party_id), unset_to_none(input.join_code), info.context.address)
    join_service = info.context.services.join_service
    outcome = await run_once(info, input, lambda key: join_service.join(target, command, input.leave_current, key))
    return party_result(info.context, outcome, await fresh_ticket(info.context, outcome))


@mutations.add("Stop waiting for a seat. A seat that is held for the caller goes to the next.")
async def stop_waiting(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.StopWaiting(info.context.player()))


@mutations.add(
    "Find and join in one step: the fullest party without a password that fits, then the oldest. "
    "Nothing fits and no createIfNone: NOT_FOUND."
)
async def quick_join(info: Info, input: QuickJoinInput) -> PartyResult:
    player = info.context.player()
    character_class, version = unset_to_none(input.character_class), unset_to_none(input.client_version)
    command = commands.JoinParty(player, character_class=character_class, client_version=version)
    create = None
    if input.create_if_none:
        patch = to_settings_patch(input.create_if_none)
        create = commands.CreateParty(player, patch, character_class=character_class, client_version=version)
    filter = to_party_filter(input.filter)
    join_service = info.context.services.join_service
    outcome = await run_once(
        info, input, lambda key: join_service.quick_join(command, filter, create, input.leave_current, key)
    )
    outcome = _with_path_of_create_if_none(outcome)
    return party_result(info.context, outcome, await fresh_ticket(info.context, outcome))


def _with_path_of_create_if_none(outcome: Outcome) -> Outcome:
    """A rejected setting of a quick join is a field of `createIfNone`, where other mutations have `settings`."""
    if isinstance(outcome, rejections.Rejection) and outcome.field is not None:
        return replace(outcome, field=outcome.field.replace("settings.", "create_if_none.", 1))
    return outcome


@mutations.add(
    "Join the live party with this key, or create it, in one step. The key opens a PRIVATE party, as a join code does; a lock, a "
    "password, bans and a full party still refuse."
)
async def enter_party(info: Info, input: EnterPartyInput) -> PartyResult:
    player = info.context.player()
    character_class, version = unset_to_none(input.character_class), unset_to_none(input.client_version)
    create = commands.CreateParty(
        player,
        to_settings_patch(input.settings),
        character_class=character_class,
        client_version=version,
        external_key=input.external_key,
    )
    join = commands.JoinParty(player, character_class=character_class, client_version=version)
    join_service = info.context.services.join_service
    outcome = await run_once(info, input, lambda key: join_service.enter(create, join, input.leave_current, key))
    return party_result(info.context, outcome, await fresh_ticket(info.context, outcome))


@mutations.add("Leader only.")
async def update_party(info: Info, input: UpdatePartyInput) -> PartyResult:
    command = commands.UpdateParty(
        info.context.player(), to_settings_patch(input.settings), attribute_changes(input.attributes)
    )
    return await in_party(info, input, command)


@mutations.add()
async def leave_party(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.LeaveParty(info.context.player()))


@mutations.add("Leader only.")
async def disband_party(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.DisbandParty(info.context.player()))


@mutations.add("Leader only. With `ban` also for a player who has left already.")
async def kick_member(info: Info, input: KickMemberInput) -> PartyResult:
    command = commands.KickMember(info.context.player(), to_player_id(input.player_id), input.ban)
    return await in_party(info, input, command)


@mutations.add(
    "Leader only: let a member post no messages, or let the member post again. A muted member gets MUTED, also after leaving and "
    "coming back. A member who becomes the leader is not muted any more."
)
async def mute_member(info: Info, input: MuteMemberInput) -> PartyResult:
    return await in_party(
        info, input, commands.MuteMember(info.context.player(), to_player_id(input.player_id), input.muted)
    )


@mutations.add("Leader only. NOT_READY for a member who has been disconnected for longer than a leader may be.")
async def promote_member(info: Info, input: PromoteMemberInput) -> PartyResult:
    return await in_party(info, input, commands.PromoteMember(info.context.player(), to_player_id(input.player_id)))


@mutations.add("Any member, once all others have been ready for 60 s and the leader did nothing.")
async def claim_leadership(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.ClaimLeadership(info.context.player()))


@mutations.add("Leader only. The old code stops working at once.")
async def rotate_join_code(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.RotateJoinCode(info.context.player(), new_join_code()))


@mutations.add("One's own class, attributes, version of the game and pings.")
async def update_member(info: Info, input: UpdateMemberInput) -> PartyResult:
    command = commands.UpdateMember(
        info.context.player(),
        unset_to_none(input.character_class),
        attribute_changes(input.attributes),
        unset_to_none(input.client_version),
        to_pings(input.pings),
    )
    return await in_party(info, input, command)


@mutations.add()
async def set_ready(info: Info, input: SetReadyInput) -> PartyResult:
    command = commands.SetReady(info.context.player(), input.ready, input.settings_version)
    return await in_party(info, input, command)


@mutations.add(
    "Change to another team while the party is WAITING, which takes the own ready back. The leader moves anybody, also while a "
    "session runs. TEAM_FULL: the team has no place."
)
async def set_team(info: Info, input: SetTeamInput) -> PartyResult:
    member_id = unset_to_none(input.player_id)
    command = commands.SetTeam(
        info.context.player(), input.team, to_player_id(member_id) if member_id is not None else None
    )
    return await in_party(info, input, command)


@mutations.add("Leader only: give every member a random team, as even as possible.")
async def shuffle_teams(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.ShuffleTeams(info.context.player(), new_random_bits(SHUFFLE_BITS)))


@mutations.add()
async def post_message(info: Info, input: PostMessageInput) -> PartyResult:
    return await in_party(info, input, commands.PostMessage(info.context.player(), input.text))


@mutations.add("Leader only.")
async def cancel_start(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.CancelStart(info.context.player()))
