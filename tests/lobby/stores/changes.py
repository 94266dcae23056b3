"""Changes as the service would make them: decided by the rules, never made up."""

from __future__ import annotations

from lobby.domain.bounds import Bounds
from lobby.domain.commands import Command, CreateParty, JoinParty, LeaveParty, SettingsPatch, StartSession
from lobby.domain.model import Party, Player
from lobby.domain.rules.decide import decide, found
from lobby.domain.values import Instant, LeaveReason, PartyId
from lobby.ports import Change, Commit, IdempotencyRecord, Store

BOUNDS = Bounds()
AT = 1_700_000_000_000


def player(name: str) -> Player:
    return Player(name, name.title())


ANA, BEN, CAT, DAN = map(player, ("ana", "ben", "cat", "dan"))


def founding(
    founder: Player | None = ANA,
    party_id: PartyId = "p1",
    code: str | None = None,
    patch: SettingsPatch = SettingsPatch(),  # noqa: B008
    at: Instant = AT,
    attributes: tuple[tuple[str, str], ...] = (),
) -> Change:
    """A new party; its code is its id in capitals unless told otherwise."""
    command = CreateParty(founder, patch, attributes)
    entries = found(command, party_id, f"epoch{party_id}", code or party_id.upper(), at, BOUNDS)
    assert isinstance(entries, tuple), entries
    return Change(None, entries)


def change(party: Party, command: Command, at: Instant = AT) -> Change:
    """What `command` makes of `party`; it must make something."""
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
    new = founding(founder, party_id, code, patch, at, attributes)
    await store.commit(Commit((new,)))
    return new.after


async def do(store: Store, party_id: PartyId, *commands: Command, at: Instant = AT) -> Party:
    """One commit a command; the party after the last."""
    party = await store.newest(party_id)
    assert party is not None
    for command in commands:
        done = change(party, command, at)
        await store.commit(Commit((done,)))
        party = done.after
    return party


def moving(mover: Player, old: Party, new: Party) -> Commit:
    """`mover` leaves `old` for `new`."""
    left = change(old, LeaveParty(mover, LeaveReason.JOINED_ANOTHER))
    return Commit((left, change(new, JoinParty(mover))))


def start(session_id: str = "s1", leader: Player = ANA) -> StartSession:
    return StartSession(leader, session_id, force=True)
