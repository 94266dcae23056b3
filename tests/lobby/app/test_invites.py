"""Invites as players send, receive and accept them."""

from __future__ import annotations

import pytest

from lobby.app.block_service import BlockService
from lobby.app.idempotency import CommandResult
from lobby.app.invite_service import InviteService
from lobby.app.player_names import PlayerNames
from lobby.domain import commands as c
from lobby.domain.model import Party
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.rules.invites import NO_INVITE
from lobby.domain.values import InviteState, Visibility
from lobby.struct import replace
from tests.lobby.app.world import World, a_key, code, done
from tests.lobby.domain.scenes import player


@pytest.fixture
def invites(world: World) -> InviteService:
    return InviteService(world.handler, world.join_service.proposals, PlayerNames(world.store))


@pytest.fixture
def blocks(world: World) -> BlockService:
    return BlockService(world.handler, PlayerNames(world.store))


async def invite(invites: InviteService, party: Party, name: str, by: str = "ann") -> str:
    result = done(await invites.invite(player(by), party.id, name))
    found = result.party.pending_invite(name)
    assert found is not None
    return found.id


async def accept(invites: InviteService, name: str, invite_id: str, leave: bool = False) -> CommandResult | Rejection:
    return await invites.accept(c.JoinParty(player(name), invite_id=invite_id), leave)


async def received(invites: InviteService, name: str) -> list[str]:
    return [each.invite.id for each in await invites.invites_of(player(name))]


async def test_the_latest_invite_comes_first_and_names_the_player_as_today(
    world: World, invites: InviteService
) -> None:
    first = await invite(invites, await world.party("ann"), "eve")
    world.clock.at += 1
    second = await invite(invites, await world.party("bob"), "eve", by="bob")
    assert await received(invites, "eve") == [second, first]
    renamed = replace(player("eve"), display_name="Evelyn")
    assert {each.invite.invitee for each in await invites.invites_of(renamed)} == {renamed}


@pytest.mark.parametrize(
    ("invited_id", "name"),
    [("0b7e3f5e-9f0c-4a53-8e1d-6f0f2a51c3d9", "Player c3d9"), ("open:alice", "alice")],
    ids=["a guest", "an open guest"],
)
async def test_a_player_in_no_party_is_named_by_a_short_name(
    world: World, invites: InviteService, invited_id: str, name: str
) -> None:
    result = done(await invites.invite(player("ann"), (await world.party("ann")).id, invited_id))
    assert [each.invitee.display_name for each in result.party.pending_invites] == [name]


async def test_accepting_leaves_the_own_party_in_the_same_step(world: World, invites: InviteService) -> None:
    party, own = await world.party("ann", visibility=Visibility.INVITE_ONLY), await world.party("eve")
    invite_id = await invite(invites, party, "eve")
    assert code(await accept(invites, "eve", invite_id)) is RejectionCode.ALREADY_IN_PARTY
    assert await received(invites, "eve") == [invite_id]
    assert done(await accept(invites, "eve", invite_id, leave=True)).party.id == party.id
    assert (await world.now(own)).is_closed
    assert await received(invites, "eve") == []


@pytest.mark.parametrize("invite_id", ["", ".", "nowhere.2", "x" * 1000])
async def test_an_unknown_invite_is_answered_as_one_of_somebody_else(
    world: World, invites: InviteService, invite_id: str
) -> None:
    of_eve = await invite(invites, await world.party("ann", visibility=Visibility.PRIVATE), "eve")
    for id in (invite_id, of_eve):
        assert await accept(invites, "dan", id) == NO_INVITE
        assert await invites.end(c.DeclineInvite(player("dan"), id)) == NO_INVITE
        assert await invites.end(c.RevokeInvite(player("dan"), id)) == NO_INVITE


async def test_an_invite_from_a_blocked_player_is_never_listed(
    world: World, invites: InviteService, blocks: BlockService
) -> None:
    await blocks.block(player("eve"), "ann")
    hidden = await invite(invites, await world.party("ann"), "eve")
    assert await received(invites, "eve") == []
    assert await accept(invites, "eve", hidden) == NO_INVITE
    await blocks.unblock(player("eve"), "ann")
    assert await received(invites, "eve") == []


async def test_a_block_of_the_leader_makes_an_invite_of_a_member_unknown(
    world: World, invites: InviteService, blocks: BlockService
) -> None:
    invite_id = await invite(invites, await world.party("ann", "bob"), "eve", by="bob")
    await blocks.block(player("ann"), "eve")
    assert await accept(invites, "eve", invite_id) == NO_INVITE


async def test_a_replayed_invite_is_the_invite_of_the_first_request(world: World, invites: InviteService) -> None:
    party = await world.party("ann")
    first = done(await invites.invite(player("ann"), party.id, "eve", a_key()))
    sent = first.party.pending_invite("eve")
    assert sent is not None
    await invites.end(c.DeclineInvite(player("eve"), sent.id))
    again = done(await invites.invite(player("ann"), party.id, "eve", a_key()))
    assert (again.replayed, again.party.pending_invite("eve")) == (True, sent)
    ended = (await world.now(party)).invite(sent.id)
    assert ended is not None
    assert ended.state is InviteState.DECLINED
