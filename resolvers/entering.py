"""Getting into a party."""

from __future__ import annotations

from lobby.domain import commands, rejections
from lobby.entering import Target
from lobby.value import changed
from resolvers.acting import Outcome, fresh_ticket, party_result, run_once
from resolvers.context import Info
from resolvers.reading_input import attribute_changes, given, party_filter, settings_patch
from schema.inputs import CreatePartyInput, JoinPartyInput, QuickJoinInput
from schema.results import PartyResult


async def create_party(info: Info, input: CreatePartyInput) -> PartyResult:
    command = commands.CreateParty(
        info.context.player(),
        settings_patch(given(input.settings)),
        attribute_changes(given(input.attributes)),
        given(input.character_class),
    )
    entrance = info.context.services.entrance
    outcome = await run_once(info, input, lambda bound: entrance.create(command, input.leave_current, bound))
    return party_result(info.context, outcome)


async def join_party(info: Info, input: JoinPartyInput) -> PartyResult:
    command = commands.JoinParty(
        info.context.player(), password=given(input.password), character_class=given(input.character_class)
    )
    target = Target(given(input.party_id), given(input.join_code), info.context.address)
    entrance = info.context.services.entrance
    outcome = await run_once(info, input, lambda bound: entrance.join(target, command, input.leave_current, bound))
    return party_result(info.context, outcome, await fresh_ticket(info.context, outcome))


async def quick_join(info: Info, input: QuickJoinInput) -> PartyResult:
    player = info.context.player()
    character_class = given(input.character_class)
    command = commands.JoinParty(player, character_class=character_class)
    settings = given(input.create_if_none)
    create = None
    if settings is not None:
        create = commands.CreateParty(player, settings_patch(settings), character_class=character_class)
    wanted = party_filter(given(input.filter))
    entrance = info.context.services.entrance
    outcome = await run_once(
        info, input, lambda bound: entrance.quick_join(command, wanted, create, input.leave_current, bound)
    )
    return party_result(info.context, _about_creating(outcome), await fresh_ticket(info.context, outcome))


def _about_creating(outcome: Outcome) -> Outcome:
    """The settings of a quick join are those of `createIfNone`."""
    if isinstance(outcome, rejections.Rejection) and outcome.field is not None:
        return changed(outcome, field=outcome.field.replace("settings.", "create_if_none.", 1))
    return outcome
