"""The filter for names and texts that players write. The default refuses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lobby.domain.values import PlayerId


class TextFilter(Protocol):
    """Decides if texts may be shown to other players."""

    async def first_refused(self, texts: Sequence[str], author_id: PlayerId | None) -> int | None:
        """The index of the first of `texts` that may not be shown; None if all may.

        Never raises, and answers in a bounded time. `author_id`: None for the name of a player who is about to sign in.
        """

    async def close(self) -> None:
        """Release connections."""
