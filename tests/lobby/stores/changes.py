"""Changes for tests, decided by the rules as in the server."""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.commands import Command, CreateParty, JoinParty, LeaveParty, StartSession
from lobby.domain.model import Party, Player
from lobby.domain.party_settings import SettingsPatch
from lobby.domain.rules.decide import decide, decide_creation
from lobby.domain.values import Instant, LeaveReason, PartyId
from lobby.ports import Change, Commit, IdempotencyRecord, Store
from tests.lobby.domain.scenes import START

BOUNDS = Bounds()
AT = START


def player(name: str) -> Player:
    return Player(name, name.title())


ANA, BEN, CAT, DAN = map(player, ("ana", "ben", "cat", "dan"))


def party_creation(
    founder: Player | None = ANA,
    party_id: PartyId = "p1",
    code: str | None = None,
    patch: SettingsPatch = SettingsPatch(),  # noqa: B008
    at: Instant = AT,
    attributes: tuple[tuple[str, str], ...] = (),
) -> Change:
    """The creation of a party. By default its join code is its id in capitals."""
    command = CreateParty(founder, patch, attributes)
    entries = decide_creation(command, party_id, f"epoch{party_id}", code or party_id.upper(), at, BOUNDS)
    assert isinstance(entries, tuple), entries
    return Change(None, entries)


def change(party: Party, command: Command, at: Instant = AT) -> Change:
    """The change that `command` makes. It must change something."""
    entries = decide(party, command, at, BOUNDS)
    assert isinstance(entries, tuple), entries
    assert entries, "nothing changes"
    return Change(party, entries)


def record_of(party: Party, key: str = "key", fingerprint: bytes = b"\x00\xff", at: Instant = AT) -> IdempotencyRecord:
    return IdempotencyRecord("ana", key, fingerprint, party.id, party.version, at)


async def create(
    store: Store,
    founder: Player | None = ANA,
    party_id: PartyId = "p1",
    code: str | None = None,
    patch: SettingsPatch = SettingsPatch(),  # noqa: B008
    at: Instant = AT,
    attributes: tuple[tuple[str, str], ...] = (),
) -> Party:
    new = party_creation(founder, party_id, code, patch, at, attributes)
    await store.commit(Commit((new,)))
    return new.after


async def do(store: Store, party_id: PartyId, *commands: Command, at: Instant = AT) -> Party:
    """Commit one command after the other, and return the party after the last."""
    party = await store.latest(party_id)
    assert party is not None
    for command in commands:
        done = change(party, command, at)
        await store.commit(Commit((done,)))
        party = done.after
    return party


def party_move(mover: Player, old: Party, new: Party) -> Commit:
    """The commit by which `mover` leaves `old` for `new`."""
    left = change(old, LeaveParty(mover, LeaveReason.JOINED_ANOTHER))
    return Commit((left, change(new, JoinParty(mover))))


def start(session_id: str = "s1", leader: Player = ANA) -> StartSession:
    return StartSession(leader, session_id, force=True)
