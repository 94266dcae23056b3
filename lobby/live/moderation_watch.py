"""Follows the log of moderation, so that the acts of all nodes take effect on this one: at once by a hint, or within 0.4 s.

The consequences of an act are safe to carry out twice, because every node does it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from lobby.app.command_handler import CommandHandler
from lobby.app.moderation_view import ModerationView
from lobby.domain.commands import CloseParty, RemoveMember
from lobby.domain.inbox import Announced, InboxPost
from lobby.domain.moderation import BANS_MAX, ModerationEntry, PlayerBan
from lobby.domain.values import Instant, PartyId, PlayerId
from lobby.live.hub import Hub
from lobby.ports import HintPublisher, Store, Unavailable
from lobby.runtime.background import BackgroundLoop
from lobby.runtime.lru_cache import LRUCache

log = logging.getLogger(__name__)

HINT = "moderation"
"""In place of the id of a party in hints about the log of moderation. No party has such an id."""
POLL_S = 0.4
"""How long an act of another node may take to have effect here if its hint is lost."""
PAGE = 500
ENFORCED_MS = 10_000
"""For so long after a ban the seat of the player is looked for again: a join that was on its way may have come after the ban."""
REPEATED_MS = 60_000
"""Acts of the last minute before a start are carried out again: the node that stored them may have died before it did."""
CLOSE_AFTER_S = 0.2
"""The sockets of a banned player close after this time, so that the streams can send their last frames."""
SHOWN_MAX = 1_000

Disconnect = Callable[[PlayerId, str], None]
"""Closes all sockets and streams of a player on this node, for that reason."""


class ModerationWatch:
    def __init__(
        self,
        handler: CommandHandler,
        view: ModerationView,
        hub: Hub,
        hints: HintPublisher,
        disconnect: Disconnect,
        connected_players: Callable[[], list[PlayerId]],
    ) -> None:
        """`connected_players`: the players with a socket or stream on this node."""
        self._handler = handler
        self._store: Store = handler.store
        self._clock = handler.clock
        self._view = view
        self._hub = hub
        self._hints = hints
        self._disconnect = disconnect
        self._connected_players = connected_players
        self._seen: ModerationEntry | None = None
        """The latest act that this node has carried out; None: no act yet."""
        self._followed_at: Instant = 0
        """When this node last had all acts."""
        self._has_hint = asyncio.Event()
        self._enforced_until: dict[PlayerId, Instant] = {}
        self._shown: LRUCache[str, bool] = LRUCache(SHOWN_MAX)
        """The announcements that this node has shown."""
        self.erasure_listeners: list[Callable[[str], None]] = []
        """Called with the digest of each player who is erased."""
        self._loop = BackgroundLoop("moderation", self._wait_and_follow, 0.0)

    async def open(self) -> None:
        """Read everything, then follow. Raises `Unavailable`."""
        self._followed_at = self._clock.now()
        await self._read_all(shows_announcements=False)
        self._loop.start()

    async def close(self) -> None:
        await self._loop.stop()

    def hint(self) -> None:
        """The log may have grown."""
        self._has_hint.set()

    async def carry_out(self, act: ModerationEntry) -> None:
        """An act of this node: see `lobby.app.moderation_service.CarryOut`."""
        await self._hints.publish(HINT, act.number)
        await self._apply(act)

    async def _read_all(self, shows_announcements: bool) -> None:
        """Read everything again, and carry out the acts since a minute before this node last had all of them."""
        await self._load_bans()
        self._view.maintenance = await self._store.moderation.maintenance()
        since, erased, seen = self._followed_at - REPEATED_MS, set[str](), None
        while acts := await self._store.moderation.acts_after(seen.number if seen is not None else 0, PAGE):
            for act in acts:
                seen = act
                if act.erased is not None:
                    erased.add(act.erased)
                if act.at > since and (shows_announcements or act.action != "announce"):
                    with suppress(Unavailable):
                        await self._apply(act)
        self._view.replace_erased(erased)
        self._seen, self._followed_at = seen, self._clock.now()

    async def _load_bans(self) -> None:
        bans: list[PlayerBan] = []
        while page := await self._store.moderation.bans_before(bans[-1].number if bans else None, PAGE):
            bans += page
            if len(bans) >= BANS_MAX:
                break
        self._view.replace_bans(bans)

    async def _wait_and_follow(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._has_hint.wait()
        self._has_hint.clear()
        await self._follow()
        await self._enforce_bans()
        return True

    async def _follow(self) -> None:
        """Carry out the acts that have come since the last time."""
        while True:
            acts = await self._store.moderation.acts_after(self._seen.number - 1 if self._seen is not None else 0, PAGE)
            if self._seen is not None and await self._is_lost(self._seen, acts):
                log.warning("the store has lost acts of moderation up to number %d: check the bans", self._seen.number)
                await self._read_all(shows_announcements=True)
                return
            new = [act for act in acts if self._seen is None or act.number > self._seen.number]
            if not new:
                self._followed_at = self._clock.now()
                return
            for act in new:
                await self._apply(act)
                self._seen = act

    async def _is_lost(self, seen: ModerationEntry, acts: Sequence[ModerationEntry]) -> bool:
        """True if `acts`, those from the number of `seen` on, do not continue the log that had `seen`.

        A Valkey that a replica has replaced may have lost its latest acts, and given their numbers to others since.
        """
        if not acts:
            return await self._store.moderation.last_act() < seen.number
        # An erasure changes other fields of an act.
        first = acts[0]
        return first.number == seen.number and (first.at, first.by, first.action) != (seen.at, seen.by, seen.action)

    async def _apply(self, act: ModerationEntry) -> None:
        """Do what follows from the act. Raises `Unavailable`."""
        if act.action in ("banPlayer", "unbanPlayer") and act.player_id is not None:
            await self._apply_ban(act.player_id)
        elif act.action == "removePlayer" and act.player_id is not None:
            await self._remove_player(act.player_id, act.at)
        elif act.action == "closeParty" and act.party_id is not None:
            await self._handler.execute(act.party_id, CloseParty())
        elif act.action == "setMaintenance":
            self._view.maintenance = await self._store.moderation.maintenance()
        elif act.action == "announce" and act.detail is not None:
            await self._announce(f"{act.number} {act.at}", act.detail, act.party_id)
        elif act.erased is not None:
            self._view.add_erased(act.erased)
            for listener in self.erasure_listeners:
                listener(act.erased)
            for player_id in self._connected_players():
                if self._view.is_erased(player_id):
                    self._disconnect(player_id, "This player was erased.")

    async def _apply_ban(self, player_id: PlayerId) -> None:
        self._view.set_ban(player_id, await self._store.moderation.ban(player_id))
        if not self._view.is_banned(player_id):
            return
        self._enforced_until[player_id] = self._clock.now() + ENFORCED_MS
        await self._remove_player(player_id, self._clock.now())
        asyncio.get_running_loop().call_later(
            CLOSE_AFTER_S, self._disconnect, player_id, "You are banned from this lobby."
        )

    async def _enforce_bans(self) -> None:
        now = self._clock.now()
        for player_id, until in list(self._enforced_until.items()):
            if until <= now or not self._view.is_banned(player_id):
                del self._enforced_until[player_id]
            else:
                await self._remove_player(player_id, now)

    async def _remove_player(self, player_id: PlayerId, joined_until: Instant) -> None:
        party_id = await self._store.party_of_player(player_id)
        if party_id is not None:
            await self._handler.execute(party_id, RemoveMember(player_id, joined_until))

    async def _announce(self, id: str, words: str, party_id: PartyId | None) -> None:
        if self._shown.get(id):
            return
        self._shown.put(id, True)
        self._hub.announce(words, party_id)
        players = self._connected_players()
        if party_id is not None:
            party = await self._store.party(party_id)
            players = [member.player.id for member in party.members] if party is not None else []
        now = self._clock.now()
        posts = [InboxPost(player_id, now, Announced(words), f"announcement {id}") for player_id in players]
        if posts:
            await self._store.post_to_inboxes(posts)
