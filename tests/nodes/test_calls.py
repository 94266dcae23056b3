"""The number of calls to the servers that a mutation takes."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from lobby.app.join_service import JoinTarget
from lobby.domain import commands as c
from tests.lobby.app.world import a_key
from tests.lobby.domain.scenes import player
from tests.nodes.node import Node


@pytest.fixture
async def quiet(here: Node) -> Node:
    """One node, without background work."""
    await here.deadlines.close()
    await here.presence.close()
    return here


async def calls(node: Node, asking: Awaitable[object]) -> int:
    before = node.store.client.calls
    await asking
    return node.store.client.calls - before


@pytest.mark.parametrize("partitions", [1], indirect=True)
async def test_over_one_server_a_command_takes_one_call_and_a_join_three(quiet: Node) -> None:
    party = await quiet.create("ann")
    assert await calls(quiet, quiet.handler.execute(party.id, c.PostMessage(player("ann"), "hello"), a_key("a"))) == 1
    assert await calls(quiet, quiet.join("bob", party, idempotency_key=a_key("b"))) == 3, "one for blocks"
    assert await calls(quiet, quiet.create("cat", a_key("c"))) == 2
    assert await calls(quiet, quiet.handler.execute(party.id, c.LeaveParty(player("bob")), a_key("d"))) == 1
    other = await quiet.create("dan")
    assert await calls(quiet, quiet.join("cat", other, leave_current=True, idempotency_key=a_key("e"))) == 3


@pytest.mark.parametrize("partitions", [1], indirect=True)
async def test_a_node_with_a_stale_party_takes_another_call(quiet: Node, there: Node) -> None:
    party = await there.create("ann")
    message = c.PostMessage(player("ann"), "hello")
    assert await calls(quiet, quiet.handler.execute(party.id, message)) == 2
    await there.handler.execute(party.id, message)
    assert await calls(quiet, quiet.handler.execute(party.id, message)) == 2


@pytest.mark.parametrize("partitions", [1], indirect=True)
async def test_a_join_by_code_takes_a_call_for_the_code(quiet: Node) -> None:
    party = await quiet.create("ann")
    joining = quiet.join_service.join(JoinTarget(join_code=party.join_code), c.JoinParty(player("bob")))
    assert await calls(quiet, joining) == 4


@pytest.mark.parametrize("partitions", [16], indirect=True)
async def test_over_several_partitions_a_key_is_claimed_first(quiet: Node) -> None:
    """It takes one call less if player and party are in the same partition, as one in sixteen is."""
    party = await quiet.create("ann")
    message = c.PostMessage(player("ann"), "hello")
    assert await calls(quiet, quiet.handler.execute(party.id, message)) == 1
    assert await calls(quiet, quiet.handler.execute(party.id, message, a_key("a"))) in (1, 2)
