"""The bans and the maintenance that this node knows of, in memory: each command and sign-in is checked without a wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from lobby.domain.events import Event, PartySearchChanged
from lobby.domain.moderation import Maintenance, PlayerBan
from lobby.domain.rejections import Rejection, RejectionCode
from lobby.domain.values import Instant, PlayerId
from lobby.ports import Change, Clock

BANNED = Rejection(RejectionCode.PLAYER_BANNED, "You are banned from this lobby.")
ERASED = Rejection(RejectionCode.INVALID_CREDENTIALS, "This player was erased.")


class ModerationView:
    """Bans, erased players and maintenance. `lobby.live.moderation_watch` keeps it up to date."""

    def __init__(self, clock: Clock, digest_key: bytes) -> None:
        """`digest_key`: the key of the digests of erased players' ids."""
        self._clock = clock
        self._digest_key = digest_key
        self._bans: dict[PlayerId, PlayerBan] = {}
        self._erased: set[str] = set()
        self.maintenance: Maintenance | None = None
        """The maintenance that is announced or has begun."""

    def replace_bans(self, bans: Iterable[PlayerBan]) -> None:
        self._bans = {ban.player.id: ban for ban in bans}

    def set_ban(self, player_id: PlayerId, ban: PlayerBan | None) -> None:
        """None: the player is not banned any more."""
        if ban is None:
            self._bans.pop(player_id, None)
        else:
            self._bans[player_id] = ban

    def add_erased(self, digest: str) -> None:
        self._erased.add(digest)

    def replace_erased(self, digests: set[str]) -> None:
        self._erased = digests

    def digest(self, player_id: PlayerId) -> str:
        """What is kept of the id of an erased player. It does not lead back to the id."""
        return blake2b(player_id.encode(), digest_size=16, key=self._digest_key).hexdigest()

    def is_banned(self, player_id: PlayerId) -> bool:
        ban = self._bans.get(player_id)
        return ban is not None and ban.holds_at(self._clock.now())

    def is_device_banned(self, device: str) -> bool:
        """`device`: a digest, see `GuestDevices`."""
        now = self._clock.now()
        return any(ban.device == device and ban.holds_at(now) for ban in self._bans.values())

    def is_erased(self, player_id: PlayerId) -> bool:
        return bool(self._erased) and self.digest(player_id) in self._erased

    def reject_player(self, player_id: PlayerId) -> Rejection | None:
        """The rejection of a player who may not sign in."""
        if self.is_erased(player_id):
            return ERASED
        return BANNED if self.is_banned(player_id) else None

    def check_change(self, actor_id: PlayerId, changes: Sequence[Change]) -> Rejection | None:
        """The rejection of a change that is about to be committed: by a banned player, or one that must wait for the end of the
        maintenance."""
        if self.is_banned(actor_id):
            return BANNED
        if self.maintenance is None or not self.is_in_maintenance(self._clock.now()):
            return None
        entries = (entry for change in changes for entry in change.entries)
        if not any(_stops_in_maintenance(entry.event) for entry in entries):
            return None
        text = self.maintenance.text if self.maintenance is not None else None
        return Rejection(RejectionCode.MAINTENANCE, text or "The lobby is under maintenance.", retryable=True)

    def is_in_maintenance(self, at: Instant) -> bool:
        return self.maintenance is not None and self.maintenance.starts_at <= at


def _stops_in_maintenance(event: Event) -> bool:
    return event.stops_in_maintenance or (isinstance(event, PartySearchChanged) and event.is_new)
