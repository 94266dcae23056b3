"""The list of sessions. It is kept in the servers, by places: one for each visibility, status and game type."""

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
from lobby.stores.valkey.link import Link
from lobby.stores.valkey.scripts import SESSIONS, SESSIONS_OF

OF_PARTY_MAX = 1_000
"""Sessions of one party that are looked at: a run a minute for most of a day."""
_ACTIVE = (SessionStatus.WAITING, SessionStatus.IN_PROGRESS)
_CURSOR = re.compile(r"t(\d{1,15})\.([0-9A-Za-z_-]{1,64})", re.ASCII)

ACTIVE_PLACES = tuple(
    f"{visibility}:{status.value}:{kind.value}" for visibility in "01" for status in _ACTIVE for kind in GameType
)

_Key = tuple[int, str]
"""Created at, id: newest first, and no two alike."""


@dataclass(frozen=True, slots=True)
class _Placed:
    key: _Key
    place: str
    session: Session


class SessionLists:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def page(self, query: SessionQuery) -> Page[Session]:
        """Raises `BadPageCursor`, `Unavailable`."""
        before = _read_cursor(query.after) if query.after is not None else None
        if query.wanted.party_id is not None:
            of_party = await self._of_party(query.wanted.party_id)
            sees_all = query.private_too or query.member_of == query.wanted.party_id
            seen = [one for one in of_party if sees_all or _is_public(one)]
            return _page(_matching(seen, query.wanted), 0, before, query.first)
        total, listed = await self._listed(query, before)
        if query.private_too:
            return _page(listed, total - len(listed), before, query.first)
        own = await self._of_party(query.member_of) if query.member_of is not None else []
        private = [one for one in own if not _is_public(one)]
        return _page([*listed, *_matching(private, query.wanted)], total - len(listed), before, query.first)

    async def _listed(self, query: SessionQuery, before: _Key | None) -> tuple[int, list[_Placed]]:
        """How many there are of those that are for all to see, or of all; and those of one page and one more."""
        at, id = before if before is not None else ("", "")
        asked = at, id, query.first + 1, *_places(query)
        partitions = range(self._link.partitions.count)
        answers = await asyncio.gather(*(self._link.run(SESSIONS, number, *asked) for number in partitions))
        placed = [one for answer in answers for one in _placed_listed(answer[1:])]
        return sum(answer[0] for answer in answers), placed

    async def _of_party(self, party_id: PartyId) -> list[_Placed]:
        partition = self._link.partitions.of(party_id)
        rows = await self._link.run(SESSIONS_OF, partition, party_id, OF_PARTY_MAX)
        return [
            _Placed((int(at), id.decode()), place.decode(), read_session(text.decode()))
            for at, id, place, text in zip(*[iter(rows)] * 4, strict=True)
        ]


def _placed_listed(rows: Iterable[bytes]) -> Iterator[_Placed]:
    for at, id, text in zip(*[iter(rows)] * 3, strict=True):
        if text:
            yield _Placed((int(at), id.decode()), "1", read_session(text.decode()))


def _places(query: SessionQuery) -> list[str]:
    wanted = query.wanted
    statuses = _ACTIVE if wanted.status is None else (wanted.status,)
    types = tuple(GameType) if wanted.game_type is None else (wanted.game_type,)
    visibilities = "01" if query.private_too else "1"
    return [f"{seen}:{status.value}:{kind.value}" for seen in visibilities for status in statuses for kind in types]


def _matching(placed: Iterable[_Placed], wanted: SessionFilter) -> list[_Placed]:
    statuses = _ACTIVE if wanted.status is None else (wanted.status,)
    types = tuple(GameType) if wanted.game_type is None else (wanted.game_type,)
    return [one for one in placed if one.session.status in statuses and one.session.game_type in types]


def _is_public(placed: _Placed) -> bool:
    return placed.place.startswith("1")


def _page(placed: list[_Placed], more: int, before: _Key | None, first: int) -> Page[Session]:
    """`more`: how many match besides `placed`."""
    behind = sorted(
        (one for one in placed if before is None or one.key < before), key=lambda one: one.key, reverse=True
    )
    shown = behind[:first]
    return Page(
        items=tuple(one.session for one in shown),
        cursors=tuple(f"t{at}.{id}" for at, id in (one.key for one in shown)),
        has_next=len(behind) > first,
        total=len(placed) + more,
    )


def _read_cursor(written: str) -> _Key:
    match = _CURSOR.fullmatch(written)
    if match is None:
        raise BadPageCursor(written[:32])
    return int(match[1]), match[2]
