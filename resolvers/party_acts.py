"""What members and leaders do in their party."""

from __future__ import annotations

from lobby.domain import commands
from lobby.mint import new_join_code
from resolvers.acting import in_party
from resolvers.context import Info
from resolvers.reading_input import attribute_changes, given, settings_patch
from schema.inputs import (
    KickMemberInput,
    PartyActionInput,
    PostMessageInput,
    PromoteMemberInput,
    SetReadyInput,
    UpdateMemberInput,
    UpdatePartyInput,
)
from schema.results import PartyResult


async def update_party(info: Info, input: UpdatePartyInput) -> PartyResult:
    command = commands.UpdateParty(
        info.context.player(),
        settings_patch(given(input.settings)),
        attribute_changes(given(input.attributes)),
    )
    return await in_party(info, input, command)


async def leave_party(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.LeaveParty(info.context.player()))


async def disband_party(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.DisbandParty(info.context.player()))


async def kick_member(info: Info, input: KickMemberInput) -> PartyResult:
    command = commands.KickMember(info.context.player(), input.player_id, input.ban)
    return await in_party(info, input, command)


async def promote_member(info: Info, input: PromoteMemberInput) -> PartyResult:
    return await in_party(info, input, commands.PromoteMember(info.context.player(), input.player_id))


async def claim_leadership(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.ClaimLeadership(info.context.player()))


async def rotate_join_code(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.RotateJoinCode(info.context.player(), new_join_code()))


async def update_member(info: Info, input: UpdateMemberInput) -> PartyResult:
    command = commands.UpdateMember(
        info.context.player(), given(input.character_class), attribute_changes(given(input.attributes))
    )
    return await in_party(info, input, command)


async def set_ready(info: Info, input: SetReadyInput) -> PartyResult:
    command = commands.SetReady(info.context.player(), input.ready, input.settings_version)
    return await in_party(info, input, command)


async def post_message(info: Info, input: PostMessageInput) -> PartyResult:
    return await in_party(info, input, commands.PostMessage(info.context.player(), input.text))


async def cancel_start(info: Info, input: PartyActionInput) -> PartyResult:
    return await in_party(info, input, commands.CancelStart(info.context.player()))
