"""Commands with if_version."""

from __future__ import annotations

from lobby.domain import commands as c
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rejections import RejectionCode
from tests.lobby.app.world import World, a_key, code, done, rejection_of
from tests.lobby.domain.scenes import player

RENAME = c.UpdateParty(player("ann"), SettingsPatch(name="Renamed"))


async def test_a_command_for_the_current_version_succeeds(world: World) -> None:
    party = await world.party("ann", "bob")
    assert code(await world.handler.execute(party.id, RENAME, if_version=party.version)) is None


async def test_a_command_for_another_version_is_rejected_with_the_party(world: World) -> None:
    party = await world.party("ann")
    done(await world.join("bob", party.join_code))
    refusal = rejection_of(await world.handler.execute(party.id, RENAME, if_version=party.version))
    assert (refusal.code, refusal.current) == (RejectionCode.VERSION_CONFLICT, await world.now(party))


async def test_messages_and_connection_changes_keep_the_version_valid(world: World) -> None:
    party = await world.party("ann", "bob")
    done(await world.post_message("bob", "hello", party))
    await world.execute(party, c.SetPresence("bob", connected=False))
    assert code(await world.handler.execute(party.id, RENAME, if_version=party.version)) is None


async def test_a_replay_succeeds_although_it_changed_the_version(world: World) -> None:
    """The first attempt moved the version itself; the retry of a lost answer names the old one."""
    party = await world.party("ann")
    for replayed in (False, True):
        answer = done(await world.handler.execute(party.id, RENAME, a_key(), if_version=party.version))
        assert answer.replayed is replayed
