"""The values that players choose from, and the settings of a party."""

from __future__ import annotations

from tools.chaos.actions.situation import Situation
from tools.chaos.json_value import Json
from tools.chaos.players.context import PASSWORD

CLASSES = ("Knight", "Mage", "Rogue", "Cleric", "Bard")
VERSIONS = ("1.0", "1.0", "1.0", "1.1")


def settings(situation: Situation) -> Json:
    """A few settings, mostly such that other players can join."""
    random = situation.random
    choices: Json = {
        "gameType": random.choice(["COOP", "COOP", "PVP"]),
        "difficulty": random.choice(["Easy", "Normal", "Hard"]),
        "maxMembers": random.choice([3, 6, 8, 8, 8]),
        "visibility": random.choice(["PUBLIC", "PUBLIC", "PUBLIC", "PRIVATE"]),
        "locked": random.random() < 0.1,
        "allowLateJoin": random.random() < 0.8,
        "allowForceStart": random.random() < 0.8,
        "uniqueClasses": random.random() < 0.3,
        "teams": random.choice([0, 2, 2, 3]),
        "loadWaitSeconds": random.choice([0, 1, 2]),
    }
    settings = {name: value for name, value in choices.items() if random.random() < 0.3}
    if random.random() < 0.4:
        settings["clientVersion"] = random.choice(["", "", *VERSIONS])
    if random.random() < 0.03:
        settings["password"] = random.choice([PASSWORD, ""])  # rare: a password hash is slow by design
    return {**settings, "countdownSeconds": random.choice([0, 0, 1, 2])}
