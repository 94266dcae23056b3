"""Settings of moderation: the filter for names and texts."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from lobby.domain.bounds import HOUR_MS
from lobby.text_filters import TextFilterSettings
from web.settings.server import SettingsGroup


class ModerationSettings(SettingsGroup):
    """Moderation"""

    device_days: float = Field(180, gt=0)
    """Days for which the device of a guest is known after the sign-in, if the client says it: a ban of the guest is also one of
    later guests of that device."""
    word_list: Path | None = None
    """A file with words that no name and no text may contain, one a line (see [moderation.md](moderation.md))."""
    text_webhook_url: str | None = None
    """The URL of an HTTP service of yours that decides if names and texts may be shown."""
    text_webhook_secret: SecretStr | None = None
    """The secret that messages to this service are signed with, `whsec_` and the base64 of 24 to 64 random bytes."""
    text_webhook_timeout_ms: int = Field(200, gt=0, le=5_000)
    """Milliseconds that the answer of this service may take."""
    text_webhook_refuse: bool = False
    """Refuse texts for which this service gives no answer in time. By default they are allowed."""

    def device_kept_ms(self) -> int:
        return round(self.device_days * 24 * HOUR_MS)

    def text_filter_settings(self) -> TextFilterSettings:
        return TextFilterSettings(
            self.word_list,
            self.text_webhook_url,
            self.text_webhook_secret.get_secret_value() if self.text_webhook_secret else None,
            self.text_webhook_timeout_ms,
            self.text_webhook_refuse,
        )
