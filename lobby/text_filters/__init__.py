"""Filters for names and texts, one module for each kind. See `lobby.ports.TextFilter`.

`create_text_filter` creates the filter that the settings name. The default refuses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lobby.domain.values import PlayerId
from lobby.ports import Clock, TextFilter
from lobby.runtime.webhook_signing import parse_secret


class NoFilter:
    """Refuses nothing."""

    async def first_refused(self, texts: Sequence[str], author_id: PlayerId | None) -> int | None:
        return None

    async def close(self) -> None:
        """Nothing is open."""


class FilterChain:
    """Refuses what one of its filters refuses. Each filter is only asked if those before it refuse nothing."""

    def __init__(self, filters: Sequence[TextFilter]) -> None:
        self._filters = filters

    async def first_refused(self, texts: Sequence[str], author_id: PlayerId | None) -> int | None:
        for each in self._filters:
            refused = await each.first_refused(texts, author_id)
            if refused is not None:
                return refused
        return None

    async def close(self) -> None:
        for each in self._filters:
            await each.close()


@dataclass(frozen=True, slots=True)
class TextFilterSettings:
    """The operator's settings. Without `word_list` and `url` nothing is refused."""

    word_list: Path | None = None
    url: str | None = None
    secret: str | None = None
    timeout_ms: int = 200
    refuses_without_answer: bool = False


def create_text_filter(settings: TextFilterSettings, clock: Clock) -> TextFilter:
    """Raises `ValueError`, which names the setting that is missing or not valid."""
    filters: list[TextFilter] = []
    if settings.word_list is not None:
        from lobby.text_filters.word_list import WordList, read_word_list  # its patterns are slow to compile

        try:
            filters.append(WordList(read_word_list(settings.word_list)))
        except (OSError, ValueError) as error:
            raise ValueError(f"LOBBY_WORD_LIST: {error}") from None
    if settings.url is not None:
        if not settings.url.startswith(("http://", "https://")):
            raise ValueError("LOBBY_TEXT_WEBHOOK_URL: must begin with http:// or https://")
        try:
            key = parse_secret(settings.secret or "")
        except ValueError as error:
            raise ValueError(f"LOBBY_TEXT_WEBHOOK_SECRET: {error}") from None
        from lobby.text_filters.webhook import WebhookFilter  # httpx is slow to import, and few servers need it

        filters.append(
            WebhookFilter(settings.url, key, settings.timeout_ms / 1000, settings.refuses_without_answer, clock)
        )
    if not filters:
        return NoFilter()
    return filters[0] if len(filters) == 1 else FilterChain(filters)
