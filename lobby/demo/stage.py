"""What the acts share: the players, the party they are in, and the moves that come up in more than one act."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from lobby.demo.answers import Answer
from lobby.demo.bot import Bot
from lobby.demo.cast import Cast
from lobby.demo.screen import Screen

ANY_CLASSES = ("Knight", "Mage", "Rogue", "Cleric")


@dataclass(slots=True)
class Stage:
    """`party_id` is known once Ada has created the party, `session_id` is that of the last start."""

    players: Cast
    screen: Screen
    server_info: Answer
    countdown_s: int
    party_name: str = field(default_factory=lambda: f"Ada's demo {uuid4().hex[:6]}")
    party_id: str = ""
    session_id: str = ""

    @property
    def classes(self) -> list[str]:
        """One for each player. A server that lists none takes any name; a short list is gone through again."""
        known = self.server_info["characterClasses"] or ANY_CLASSES
        return [known[seat % len(known)] for seat in range(len(self.players.all))]

    @property
    def hardest(self) -> str:
        return str(self.server_info["difficulties"][-1])

    def enter(self, bot: Bot, joined: Answer) -> None:
        """The answer's cursor is where the stream goes on: nothing in between, nothing twice."""
        bot.party = joined["party"]
        self.players.watch(bot, self.party_id, joined["party"]["cursor"])

    async def ready(self, *bots: Bot) -> None:
        """Each says for which settings it is ready: those that its own stream shows."""
        for bot in bots:
            shown = bot.party["settings"]["version"]
            answer = await bot.do("SetReady", partyId=self.party_id, ready=True, settingsVersion=shown)
            await self.players.caught_up(answer["seq"], *bots)


def seat(party: Answer, bot: Bot) -> Answer:
    """The bot's own line of the lobby screen."""
    member: Answer = next(member for member in party["members"] if member["player"]["id"] == bot.id)
    return member
