"""Settings of the webhook that gets the events of all parties."""

from __future__ import annotations

from pydantic import Field, SecretStr

from lobby.domain.bounds import HOUR_MS
from lobby.live.event_sender import EventSettings as WebhookSettings
from web.settings.server import SettingsGroup


class EventSettings(SettingsGroup):
    """Events for your services"""

    events_url: str | None = None
    """The URL of an HTTP service of yours that gets every event of every party, see [events.md](events.md). All nodes need the
    same."""
    events_secret: SecretStr | None = None
    """The secret that these messages are signed with, `whsec_` and the base64 of 24 to 64 random bytes."""
    events_timeout_s: float = Field(5, gt=0, le=60)
    """Seconds that one answer of this service may take."""
    events_requests_max: int = Field(16, ge=1, le=256)
    """Messages to this service on their way at the same time, each about another party."""
    events_retry_h: float = Field(24, gt=0)
    """Hours after which an event that the service does not take is given up. At most `LOBBY_LOG_KEPT_H`."""
    events_retry_max_s: float = Field(60, ge=1)
    """The longest pause, in seconds, before a message is sent again."""

    def event_settings(self) -> WebhookSettings:
        return WebhookSettings(
            url=self.events_url,
            secret=self.events_secret.get_secret_value() if self.events_secret else None,
            timeout_s=self.events_timeout_s,
            requests_max=self.events_requests_max,
            retry_ms=round(self.events_retry_h * HOUR_MS),
            retry_max_ms=round(self.events_retry_max_s * 1000),
        )
