"""A command that names the version it was made for."""

from __future__ import annotations

from lobby.domain import commands as c
from lobby.domain.rejections import RejectionCode
from tests.domain.scenes import player
from tests.service.world import World, code, done, once, refused

RENAME = c.UpdateParty(player("ann"), c.SettingsPatch(name="Renamed"))


async def test_the_version_seen_goes_through(world: World) -> None:
    party = await world.party("ann", "bob")
    assert code(await world.lobby.execute(party.id, RENAME, if_version=party.version)) is None


async def test_another_version_is_refused_and_shows_the_party(world: World) -> None:
    party = await world.party("ann")
    done(await world.join("bob", party.join_code))
    refusal = refused(await world.lobby.execute(party.id, RENAME, if_version=party.version))
    assert (refusal.code, refusal.current) == (RejectionCode.VERSION_CONFLICT, await world.now(party))


async def test_messages_and_connections_do_not_count(world: World) -> None:
    party = await world.party("ann", "bob")
    done(await world.says("bob", "hello", party))
    await world.does(party, c.SetPresence("bob", connected=False))
    assert code(await world.lobby.execute(party.id, RENAME, if_version=party.version)) is None


async def test_a_replay_is_not_held_against_its_own_change(world: World) -> None:
    """The first attempt moved the version itself; the retry of a lost answer names the old one."""
    party = await world.party("ann")
    for replayed in (False, True):
        answer = done(await world.lobby.execute(party.id, RENAME, once(), if_version=party.version))
        assert answer.replayed is replayed
