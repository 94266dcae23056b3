"""The part of a store for inboxes: a log per player, beside the logs of the parties.

A commit writes the posts that follow from its entries (`lobby.domain.inbox.inbox_posts`). If the inbox and the party lie
together, both are written in one step. If they lie in different partitions, the posts are delivered after the commit, at
least once, by this node or another one, and each shows once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from lobby.domain.inbox import Inbox, InboxEntry, InboxPost
from lobby.domain.values import Instant, PlayerId

InboxListener = Callable[[PlayerId, Instant], None]
"""Called with a player and the time of the newest entry. It neither waits nor raises."""


class LogTrimmed(Exception):
    """The store no longer keeps the requested entries."""


class Inboxes(Protocol):
    """Inboxes, all of them durable. Every method may raise `Unavailable`.

    An entry is kept for `Retention.inbox_ms`, and among the newest `Retention.inbox_entries_max` of its inbox. An inbox
    without an entry takes no space.
    """

    inbox_listeners: list[InboxListener]
    """Called after a call of this node has written into an inbox. Followers on all nodes learn of it by that."""

    async def inbox(self, player_id: PlayerId) -> Inbox:
        """The position after the newest entry."""

    async def inbox_entries(self, after: Inbox, limit: int) -> Sequence[InboxEntry]:
        """Up to `limit` entries in order, beginning after the position `after`. Empty if `after` is the newest position.

        Raises:
            LogTrimmed: the entry after `after` is no longer kept, or the inbox has no such position (any more).
        """

    async def post_to_inboxes(self, posts: Sequence[InboxPost]) -> None:
        """Write posts that are part of no commit, each with a `source`. Durable on return.

        To call it again after `Unavailable` does no harm: an inbox that still has an entry from a source takes no other one.
        """

    async def drop_inbox(self, player_id: PlayerId) -> None:
        """Delete all entries of the inbox of a player. Durable on return. The next entry begins a new log."""


def entries_after(after: Inbox, found: Sequence[InboxEntry]) -> Sequence[InboxEntry]:
    """As `Inboxes.inbox_entries`, from `found`: the entries that the store has from seq `after.version` on."""
    if after.version == 0:
        if found and found[0].seq != 1:
            raise LogTrimmed(after.player_id)
        return found
    if not found or found[0].inbox != after:
        raise LogTrimmed(after.player_id)
    return found[1:]
