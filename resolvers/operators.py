"""The queries of operators: the node that answers, its last hour, who is throttled, the settings, and a search for parties."""

from __future__ import annotations

from strawberry import UNSET

from lobby.app.errors import BAD_USER_INPUT, CallerError
from lobby.app.party_search import SEARCH_CHARS_MAX
from lobby.domain.text import is_unicode
from lobby.ports import BadPageCursor
from resolvers.context import Info
from resolvers.inputs import page_size, unset_to_none
from schema.operators import (
    LivePartyConnection,
    NodeLoad,
    NodeStatus,
    OperatorKey,
    SettingInForce,
    StoreStatus,
    ThrottledClient,
)
from schema.scalars_and_enums import DateTime, RootFields
from schema.server_info import VERSION

queries = RootFields()


@queries.add("With an operator key or moderator key: which key it is.")
async def operator_key(info: Info) -> OperatorKey:
    return OperatorKey(name=info.context.operator(), is_moderator=info.context.caller.moderator is not None)


@queries.add("With an operator key or moderator key: the node that answers.")
async def node(info: Info) -> NodeStatus:
    info.context.operator()
    services = info.context.services
    monitor, facts = services.monitor, services.node
    gauges, counts = monitor.gauges(), await facts.store_counts()
    return NodeStatus(
        id=monitor.id,
        version=VERSION,
        time=DateTime(services.clock.now()),
        started_at=DateTime(monitor.started_at),
        uptime_s=monitor.uptime_s,
        problem=await facts.problem(),
        connections=gauges.connections,
        followers=gauges.followers,
        searches=facts.search_count(),
        loop_lag_ms=monitor.loop_lag_ms,
        store=StoreStatus(
            kind=facts.store,
            is_up=counts is not None,
            parties=counts.parties if counts is not None else None,
            sessions=counts.sessions if counts is not None else None,
            saved_runs=counts.saved_runs if counts is not None else None,
        ),
    )


@queries.add("With an operator key or moderator key: the last hour of the node that answers.")
async def node_load(info: Info) -> NodeLoad:
    info.context.operator()
    return NodeLoad.of(info.context.services.monitor.samples)


@queries.add(
    "With an operator key or moderator key: whom the rate limits of the node that answers have made to wait in the last hour, "
    "the latest first. `first`: 1 to 50."
)
async def throttled(info: Info, first: int = 50) -> list[ThrottledClient]:
    info.context.operator()
    services = info.context.services
    now = services.clock.now()
    return [
        ThrottledClient(
            limit=one.limit,
            client=one.client,
            count=one.count,
            wait_ms=one.wait_ms,
            since=DateTime(now - one.first_ago_ms),
            last_at=DateTime(now - one.last_ago_ms),
        )
        for one in services.throttled.latest(page_size(first))
    ]


@queries.add("With an operator key or moderator key: all settings of the node that answers. Secrets are masked.")
async def settings(info: Info) -> list[SettingInForce]:
    info.context.operator()
    return list(info.context.services.node.settings)


@queries.add(
    "With an operator key or moderator key: live parties of every visibility, the newest first. `search`: the id of a party, "
    "session or player, a join code, an external key, or a part of the name of a party or of a member, at most 100 characters. "
    "Its id finds a closed party, too. One page looks at a bounded number of parties, so it may be empty and have a next one. "
    "`first`: 1 to 50."
)
async def live_parties(
    info: Info, search: str | None = UNSET, first: int = 20, after: str | None = UNSET
) -> LivePartyConnection:
    info.context.operator()
    text = unset_to_none(search) or ""
    if len(text) > SEARCH_CHARS_MAX or not is_unicode(text):
        raise CallerError(BAD_USER_INPUT, f"search: at most {SEARCH_CHARS_MAX} characters of Unicode.")
    try:
        page = await info.context.services.party_search.page(text, page_size(first), unset_to_none(after))
    except BadPageCursor as error:
        raise CallerError(BAD_USER_INPUT, "after: no cursor of this list.") from error
    return LivePartyConnection.of(page)
