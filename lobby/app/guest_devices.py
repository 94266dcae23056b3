"""Devices of guests, as far as clients say who they are: a ban of a guest is also one of later guests of the same device.

Only a keyed digest of the id of a device is kept. It does not lead back to the id without the server's secret.
"""

from __future__ import annotations

from hashlib import blake2b

from lobby.app.moderation_view import BANNED, ModerationView
from lobby.domain import text
from lobby.domain.rejections import Rejection, invalid
from lobby.domain.values import PlayerId
from lobby.ports import Clock, Moderation

DEVICE_ID_CHARS_MAX = 128


class GuestDevices:
    def __init__(
        self, moderation: Moderation, view: ModerationView, clock: Clock, digest_key: bytes, kept_ms: int
    ) -> None:
        """`digest_key`: the key of the digests. `kept_ms`: how long the device of a guest is known after the sign-in."""
        self._moderation = moderation
        self._view = view
        self._clock = clock
        self._digest_key = digest_key
        self._kept_ms = kept_ms

    def reject(self, device_id: str) -> Rejection | None:
        """The rejection of a new guest on this device."""
        if not 1 <= len(device_id) <= DEVICE_ID_CHARS_MAX or not text.is_unicode(device_id):
            return invalid("device_id", f"Must be 1 to {DEVICE_ID_CHARS_MAX} characters.")
        return BANNED if self._view.is_device_banned(self._digest(device_id)) else None

    async def remember(self, player_id: PlayerId, device_id: str) -> None:
        """The new guest is on this device. Raises `Unavailable`."""
        expires_at = self._clock.now() + self._kept_ms
        await self._moderation.remember_device(player_id, self._digest(device_id), expires_at)

    def _digest(self, device_id: str) -> str:
        return blake2b(device_id.encode(), digest_size=16, key=self._digest_key).hexdigest()
