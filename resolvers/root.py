"""The whole schema. Each resolver module declares its queries or mutations; a new module is added to the list here.

`python -m resolvers.root` prints the schema as text.
"""

from __future__ import annotations

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type

from lobby.app.node_monitor import SAMPLES_MAX
from lobby.domain.bounds import Bounds
from lobby.ports import INVITES_LISTED_MAX
from resolvers import (
    invites_and_blocks,
    moderation,
    operators,
    party_mutations,
    saved_runs,
    search_mutations,
    session_mutations,
    sign_in,
)
from resolvers import queries_and_subscriptions as reads
from schema import events
from schema import inbox as inbox_events
from schema.operators import REJECTION_CODES_MAX
from schema.scalars_and_enums import SCALARS

_MUTATIONS = (
    sign_in.mutations,
    party_mutations.mutations,
    session_mutations.mutations,
    saved_runs.mutations,
    invites_and_blocks.mutations,
    moderation.mutations,
    search_mutations.mutations,
)
_QUERIES = (
    reads.queries,
    sign_in.queries,
    saved_runs.queries,
    invites_and_blocks.queries,
    moderation.queries,
    operators.queries,
)

Query = create_type("Query", [field for queries in _QUERIES for field in queries.fields])
Mutation = create_type("Mutation", [field for mutations in _MUTATIONS for field in mutations.fields])


@strawberry.type
class Subscription:
    party_events = strawberry.subscription(
        resolver=reads.party_events,
        description=(
            "Replays what came after the cursor, then continues live. Without a cursor, or with one that is too old, malformed "
            "or beyond the head, it begins with a PartySnapshot. Members only: anyone else gets one result with errors, "
            "extensions.code NOT_FOUND, and the stream ends. An operator key follows any party that is open, without being "
            "seen."
        ),
    )
    session_events = strawberry.subscription(
        resolver=reads.session_events, description="The same stream, found by a session's id."
    )
    inbox = strawberry.subscription(
        resolver=reads.inbox,
        description=(
            "Everything that concerns the caller outside of a party's own stream. Replays what came after the cursor, then "
            "continues live. Without a cursor, or with one that is too old (7 days, unless set), malformed or beyond the head, "
            "it begins with an InboxSnapshot."
        ),
    )
    lobby_events = strawberry.subscription(
        resolver=reads.lobby_events,
        description="The public list, live: first LISTED for each listed party (at most 50), then each change.",
    )


schema = strawberry.Schema(
    Query,
    Mutation,
    Subscription,
    types=[*events.EVENT_TYPES.values(), *inbox_events.INBOX_EVENT_TYPES.values()],
    config=StrawberryConfig(scalar_map=SCALARS),
)


ENTRY_COST = 20
"""The fields that one entry of a log costs, for any selection: it is read from the disk and replayed."""

schema._schema.type_map["Query"].fields["partyHistory"].extensions["item_cost"] = ENTRY_COST  # type: ignore[attr-defined]

RECEIPT_COST = 100
"""The fields that a receipt costs: the entries of the session are read, once for all who ask, and the receipt is signed."""

schema._schema.type_map["Session"].fields["receipt"].extensions["item_cost"] = RECEIPT_COST  # type: ignore[attr-defined]

VERDICT_COST = 10
"""The fields that a verdict about joining costs: the rules decide once or twice, and the caller's own party is looked up."""

schema._schema.type_map["Party"].fields["joinVerdict"].extensions["item_cost"] = VERDICT_COST  # type: ignore[attr-defined]

for _field, _max in (("samples", SAMPLES_MAX + 1), ("rejections", REJECTION_CODES_MAX)):
    schema._schema.type_map["NodeLoad"].fields[_field].extensions["items_max"] = _max  # type: ignore[attr-defined]

SETTINGS_MAX = 200
"""Settings, for the cost of the query. There are about 130."""

schema._schema.type_map["Query"].fields["settings"].extensions["items_max"] = SETTINGS_MAX  # type: ignore[attr-defined]

CHECKPOINT_COST = 500
"""The fields that the data of a checkpoint costs: 64 KiB are read from the disk and sent."""

schema._schema.type_map["Query"].fields["checkpointData"].extensions["item_cost"] = CHECKPOINT_COST  # type: ignore[attr-defined]

INVITE_COST = 20
"""The fields that an invite of the caller costs, for any selection: its party is read."""

_INVITES = schema._schema.type_map["Query"].fields["invites"]  # type: ignore[attr-defined]
_INVITES.extensions.update(item_cost=INVITE_COST, items_max=INVITES_LISTED_MAX)

for _type, _field in (("Query", "blockedPlayers"), ("BlocksChanged", "blocked")):
    schema._schema.type_map[_type].fields[_field].extensions["items_max"] = Bounds().blocks_max  # type: ignore[attr-defined]


def sdl() -> str:
    """The schema as text; `scripts/sdl` writes it to schema/schema.graphql."""
    return schema.as_str()


if __name__ == "__main__":
    print(sdl())
