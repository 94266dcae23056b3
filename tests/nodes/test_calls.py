"""How many calls to the servers a mutation takes, by the node that made the one before."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from lobby.domain import commands as c
from lobby.entering import Target
from tests.domain.scenes import player
from tests.nodes.node import Node
from tests.service.world import once


@pytest.fixture
async def quiet(here: Node) -> Node:
    """A node that does nothing but what it is asked."""
    await here.deadlines.close()
    await here.presence.close()
    return here


async def calls(node: Node, asking: Awaitable[object]) -> int:
    before = node.store.link.calls
    await asking
    return node.store.link.calls - before


@pytest.mark.parametrize("partitions", [1], indirect=True)
async def test_over_one_server_a_command_is_one_call_and_entering_two(quiet: Node) -> None:
    party = await quiet.create("ann")
    assert await calls(quiet, quiet.lobby.execute(party.id, c.PostMessage(player("ann"), "hello"), once("a"))) == 1
    assert await calls(quiet, quiet.join("bob", party, once=once("b"))) == 2
    assert await calls(quiet, quiet.create("cat", once("c"))) == 2
    assert await calls(quiet, quiet.lobby.execute(party.id, c.LeaveParty(player("bob")), once("d"))) == 1
    other = await quiet.create("dan")
    assert await calls(quiet, quiet.join("cat", other, leave_current=True, once=once("e"))) == 2


@pytest.mark.parametrize("partitions", [1], indirect=True)
async def test_a_node_that_does_not_have_the_newest_takes_one_more(quiet: Node, there: Node) -> None:
    party = await there.create("ann")
    message = c.PostMessage(player("ann"), "hello")
    assert await calls(quiet, quiet.lobby.execute(party.id, message)) == 2
    await there.lobby.execute(party.id, message)
    assert await calls(quiet, quiet.lobby.execute(party.id, message)) == 2


@pytest.mark.parametrize("partitions", [1], indirect=True)
async def test_a_join_by_code_looks_the_code_up_besides(quiet: Node) -> None:
    party = await quiet.create("ann")
    joining = quiet.entrance.join(Target(join_code=party.join_code), c.JoinParty(player("bob")))
    assert await calls(quiet, joining) == 3


@pytest.mark.parametrize("partitions", [16], indirect=True)
async def test_over_several_partitions_a_key_is_claimed_first(quiet: Node) -> None:
    """One call less where player and party lie in the same partition, as one in sixteen does."""
    party = await quiet.create("ann")
    message = c.PostMessage(player("ann"), "hello")
    assert await calls(quiet, quiet.lobby.execute(party.id, message)) == 1
    assert await calls(quiet, quiet.lobby.execute(party.id, message, once("a"))) in (1, 2)
