"""The same lobby on the same file, after a restart."""

from __future__ import annotations

from pathlib import Path

from lobby.domain import commands as c
from lobby.domain.rejections import RejectionCode
from tests.lobby.app.world import a_key, code, done, world
from tests.lobby.domain.scenes import START, player

DAY_MS = 24 * 3_600_000


async def test_idempotency_keys_survive_a_restart(tmp_path: Path) -> None:
    async with world(file=tmp_path / "lobby.db") as before:
        party = await before.party("ann", "bob")
        first = done(await before.post_message("bob", "hello", party, a_key()))
    async with world(file=tmp_path / "lobby.db", at=START + DAY_MS - 1) as after:
        again = done(await after.post_message("bob", "hello", party, a_key()))
        assert (again.replayed, again.party) == (True, first.party)
        assert (
            code(await after.post_message("bob", "bye", party, a_key(request="bye")))
            is RejectionCode.IDEMPOTENCY_KEY_REUSED
        )
        assert len(await after.log(party)) == 3


async def test_seats_and_codes_survive_a_restart(tmp_path: Path) -> None:
    async with world(file=tmp_path / "lobby.db") as before:
        party = await before.party("ann", "bob")
        closed = await before.party("cid")
        await before.execute(closed, c.DisbandParty(player("cid")))
    async with world(file=tmp_path / "lobby.db", at=START + 60_000) as after:
        assert code(await after.create("bob")) is RejectionCode.ALREADY_IN_PARTY
        assert done(await after.join("dan", party.join_code)).party.id == party.id
        assert code(await after.join("eve", closed.join_code)) is RejectionCode.PARTY_CLOSED


async def test_a_password_is_still_needed_after_a_restart(tmp_path: Path) -> None:
    async with world(file=tmp_path / "lobby.db") as before:
        party = await before.party("ann", password="sesame")
    async with world(file=tmp_path / "lobby.db") as after:
        assert code(await after.join("bob", party.join_code, password="simsim")) is RejectionCode.WRONG_PASSWORD
        assert code(await after.join("bob", party.join_code, password="sesame")) is None
