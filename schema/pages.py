"""Pages of lists."""

from __future__ import annotations

import strawberry

from lobby import ports
from lobby.domain import model
from lobby.domain.standing import standing
from lobby.domain.values import PlayerId
from lobby.reader import SeenSession
from schema.party import Party
from schema.session import Session


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class PartyEdge:
    cursor: str
    node: Party


@strawberry.type
class PartyConnection:
    edges: list[PartyEdge]
    nodes: list[Party]
    page_info: PageInfo
    total_count: int

    @classmethod
    def of(cls, page: ports.Page[model.Party], viewer: PlayerId | None) -> PartyConnection:
        nodes = [Party.of(party, viewer) for party in page.items]
        return cls(
            edges=[PartyEdge(cursor=c, node=n) for c, n in zip(page.cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=_info(page),
            total_count=page.total,
        )


@strawberry.type
class SessionEdge:
    cursor: str
    node: Session


@strawberry.type
class SessionConnection:
    edges: list[SessionEdge]
    nodes: list[Session]
    page_info: PageInfo
    total_count: int

    @classmethod
    def of(cls, page: ports.Page[SeenSession], viewer: PlayerId | None) -> SessionConnection:
        nodes = [session_seen(one, viewer) for one in page.items]
        return cls(
            edges=[SessionEdge(cursor=c, node=n) for c, n in zip(page.cursors, nodes, strict=True)],
            nodes=nodes,
            page_info=_info(page),
            total_count=page.total,
        )


def session_seen(one: SeenSession, viewer: PlayerId | None) -> Session:
    return Session(seen=one.session, party_seen=one.party, standing=standing(one.party, viewer, one.session))


def _info(page: ports.Page[model.Party] | ports.Page[SeenSession]) -> PageInfo:
    return PageInfo(has_next_page=page.has_next, end_cursor=page.cursors[-1] if page.cursors else None)
