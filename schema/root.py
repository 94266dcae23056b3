"""The whole schema: the roots, and the verbs behind each of their fields."""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers import entering, game_server_acts, party_acts, queries, session_acts, sign_in, subscriptions
from schema import events
from schema.scalars import SCALARS


@strawberry.type
class Query:
    server_info = strawberry.field(resolver=queries.server_info)
    me = strawberry.field(resolver=queries.me)
    my_party = strawberry.field(resolver=queries.my_party, description="The party that the caller is in.")
    party = strawberry.field(
        resolver=queries.party_by_id, description="Null when there is none that the caller may see."
    )
    parties = strawberry.field(
        resolver=queries.parties,
        description="Public parties that are open. `first`: 1 to 50.",
    )
    session = strawberry.field(resolver=queries.session_by_id)
    sessions = strawberry.field(
        resolver=queries.sessions,
        description=(
            "Active sessions, newest first, unless the filter names a status; those of PRIVATE parties to "
            "their members only. `first`: 1 to 50."
        ),
    )
    party_history = strawberry.field(
        resolver=queries.party_history,
        description="The party's log from the oldest entry kept. `first`: 1 to 500. Members only.",
    )


@strawberry.type
class Mutation:
    sign_in_as_guest = strawberry.mutation(resolver=sign_in.sign_in_as_guest)
    refresh_credentials = strawberry.mutation(resolver=sign_in.refresh_credentials)
    create_party = strawberry.mutation(resolver=entering.create_party)
    update_party = strawberry.mutation(resolver=party_acts.update_party, description="Leader only.")
    join_party = strawberry.mutation(
        resolver=entering.join_party,
        description="Joining the party that one is in already succeeds and changes nothing.",
    )
    quick_join = strawberry.mutation(
        resolver=entering.quick_join,
        description=(
            "Find and join in one step: the fullest party without a password that fits, then the oldest. "
            "Nothing fits and no createIfNone: NOT_FOUND."
        ),
    )
    leave_party = strawberry.mutation(resolver=party_acts.leave_party)
    disband_party = strawberry.mutation(resolver=party_acts.disband_party, description="Leader only.")
    kick_member = strawberry.mutation(resolver=party_acts.kick_member, description="Leader only.")
    promote_member = strawberry.mutation(resolver=party_acts.promote_member, description="Leader only.")
    claim_leadership = strawberry.mutation(
        resolver=party_acts.claim_leadership,
        description="Any member, once all others have been ready for 60 s and the leader did nothing.",
    )
    rotate_join_code = strawberry.mutation(
        resolver=party_acts.rotate_join_code, description="Leader only. The old code stops working at once."
    )
    update_member = strawberry.mutation(
        resolver=party_acts.update_member, description="One's own class and attributes."
    )
    set_ready = strawberry.mutation(resolver=party_acts.set_ready)
    post_message = strawberry.mutation(resolver=party_acts.post_message)
    start_session = strawberry.mutation(
        resolver=session_acts.start_session,
        description=(
            "Leader only: begin the countdown, then the session. A second call while one is starting answers that one."
        ),
    )
    cancel_start = strawberry.mutation(resolver=party_acts.cancel_start, description="Leader only.")
    join_session = strawberry.mutation(
        resolver=session_acts.join_session,
        description="Enter, or enter again, the session of one's party; the answer carries a fresh ticket.",
    )
    leave_session = strawberry.mutation(
        resolver=session_acts.leave_session, description="Leave the dungeon and stay in the party."
    )
    update_session = strawberry.mutation(resolver=session_acts.update_session)
    complete_session = strawberry.mutation(
        resolver=session_acts.complete_session,
        description="By the party's leader, or by a game server with the service key.",
    )
    abandon_session = strawberry.mutation(
        resolver=game_server_acts.abandon_session,
        description=(
            "The run came to nothing: as completeSession, and the session is ABANDONED. By the party's leader, or by a "
            "game server with the service key."
        ),
    )
    heartbeat_session = strawberry.mutation(
        resolver=game_server_acts.heartbeat_session,
        description=(
            "By a game server with the service key: it is there. The first one takes the session; from then on 60 s "
            "(unless set) without any word of the game server's abandon it. SESSION_NOT_ACTIVE, not retryable: it is over."
        ),
    )
    spend_ticket = strawberry.mutation(
        resolver=game_server_acts.spend_ticket,
        description=(
            "By a game server with the service key, before it lets a player in: once for each ticket, the second time is "
            "TICKET_SPENT. INVALID_CREDENTIALS: expired, for another session, or no ticket of this lobby's."
        ),
    )
    report_players = strawberry.mutation(
        resolver=game_server_acts.report_players,
        description=(
            "By a game server with the service key: who has come into the dungeon, and who has left it for good. The last "
            "one out ends the session as ABANDONED."
        ),
    )


@strawberry.type
class Subscription:
    party_events = strawberry.subscription(
        resolver=subscriptions.party_events,
        description=(
            "Replays what came after the cursor, then goes on live; without a cursor, or with one that is "
            "too old, malformed or beyond the head, begins with a PartySnapshot. Members only: anyone else "
            "gets one result with errors, extensions.code NOT_FOUND, and the end."
        ),
    )
    session_events = strawberry.subscription(
        resolver=subscriptions.session_events, description="The same stream, found by a session's id."
    )
    lobby_events = strawberry.subscription(
        resolver=subscriptions.lobby_events,
        description="The public list, live: first LISTED for each party there is (at most 50), then each change.",
    )


schema = strawberry.Schema(
    Query,
    Mutation,
    Subscription,
    types=list(events.EVENT_TYPES.values()),
    config=StrawberryConfig(scalar_map=SCALARS),
)


def sdl() -> str:
    """The schema as text; `scripts/sdl` writes it to schema/schema.graphql."""
    return schema.as_str()
