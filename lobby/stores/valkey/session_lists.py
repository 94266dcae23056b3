"""The list of sessions. The servers keep one sorted set for each visibility, status and game type (see `session_list_key`)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lobby.domain.listing import SessionFilter
from lobby.domain.model import Session
from lobby.domain.values import GameType, PartyId, SessionStatus
from lobby.ports import BadPageCursor, Page, SessionQuery
from lobby.stores.codec import read_session
from lobby.stores.valkey.client import ValkeyClient
from lobby.stores.valkey.scripts import PARTY_SESSIONS, SESSIONS_PAGE

OF_PARTY_MAX = 1_000
"""Sessions of one party that a query reads: one a minute for most of a day."""
_ACTIVE = (SessionStatus.WAITING, SessionStatus.IN_PROGRESS)
_CURSOR = re.compile(r"t(\d{1,15})\.([0-9A-Za-z_-]{1,64})", re.ASCII)

ACTIVE_LISTS = tuple(
    f"{visibility}:{status.value}:{kind.value}" for visibility in "01" for status in _ACTIVE for kind in GameType
)

_Key = tuple[int, str]
"""Created at, id: the sort key, newest first. No two are equal."""


@dataclass(frozen=True, slots=True)
class _ListedSession:
    """A session, its sort key, and the list that it is on."""

    key: _Key
    list_key: str
    session: Session


class SessionLists:
    """Reads pages of sessions: of all partitions for the public list, of one for the sessions of a party."""

    def __init__(self, client: ValkeyClient) -> None:
        self._client = client

    async def page(self, query: SessionQuery) -> Page[Session]:
        """Raises `BadPageCursor`, `Unavailable`."""
        before = _read_cursor(query.after) if query.after is not None else None
        if query.wanted.party_id is not None:
            of_party = await self._of_party(query.wanted.party_id)
            sees_all = query.include_private or query.member_of == query.wanted.party_id
            visible = [listed for listed in of_party if sees_all or _is_public(listed)]
            return _page(_matching(visible, query.wanted), 0, before, query.first)
        total, listed = await self._listed(query, before)
        if query.include_private:
            return _page(listed, total - len(listed), before, query.first)
        own = await self._of_party(query.member_of) if query.member_of is not None else []
        private = [listed for listed in own if not _is_public(listed)]
        return _page([*listed, *_matching(private, query.wanted)], total - len(listed), before, query.first)

    async def _listed(self, query: SessionQuery, before: _Key | None) -> tuple[int, list[_ListedSession]]:
        """The number of public sessions, or of all, and the sessions of one page and the next session."""
        at, id = before if before is not None else ("", "")
        call = at, id, query.first + 1, *_lists(query)
        partitions = range(self._client.partitions.count)
        replies = await asyncio.gather(*(self._client.run(SESSIONS_PAGE, number, *call) for number in partitions))
        sessions = [session for reply in replies for session in _read_listed(reply[1:])]
        return sum(reply[0] for reply in replies), sessions

    async def _of_party(self, party_id: PartyId) -> list[_ListedSession]:
        partition = self._client.partitions.of(party_id)
        rows = await self._client.run(PARTY_SESSIONS, partition, party_id, OF_PARTY_MAX)
        return [
            _ListedSession((int(at), id.decode()), list_key.decode(), read_session(text.decode()))
            for at, id, list_key, text in zip(*[iter(rows)] * 4, strict=True)
        ]


def _read_listed(rows: Iterable[bytes]) -> Iterator[_ListedSession]:
    for at, id, text in zip(*[iter(rows)] * 3, strict=True):
        if text:
            yield _ListedSession((int(at), id.decode()), "1", read_session(text.decode()))


def _lists(query: SessionQuery) -> list[str]:
    wanted = query.wanted
    statuses = _ACTIVE if wanted.status is None else (wanted.status,)
    types = tuple(GameType) if wanted.game_type is None else (wanted.game_type,)
    visibilities = "01" if query.include_private else "1"
    return [
        f"{visibility}:{status.value}:{kind.value}"
        for visibility in visibilities
        for status in statuses
        for kind in types
    ]


def _matching(sessions: Iterable[_ListedSession], wanted: SessionFilter) -> list[_ListedSession]:
    statuses = _ACTIVE if wanted.status is None else (wanted.status,)
    types = tuple(GameType) if wanted.game_type is None else (wanted.game_type,)
    return [listed for listed in sessions if listed.session.status in statuses and listed.session.game_type in types]


def _is_public(listed: _ListedSession) -> bool:
    return listed.list_key.startswith("1")


def _page(sessions: list[_ListedSession], more: int, before: _Key | None, first: int) -> Page[Session]:
    """`more`: how many sessions match besides `sessions`."""
    following = sorted(
        (listed for listed in sessions if before is None or listed.key < before),
        key=lambda listed: listed.key,
        reverse=True,
    )
    shown = following[:first]
    return Page(
        items=tuple(listed.session for listed in shown),
        cursors=tuple(f"t{at}.{id}" for at, id in (listed.key for listed in shown)),
        has_next=len(following) > first,
        total=len(sessions) + more,
    )


def _read_cursor(text: str) -> _Key:
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise BadPageCursor(text[:32])
    return int(match[1]), match[2]
