"""Commands: the requests to change one party. The party is not part of a command: `decide` gets it beside the command.

`actor` is the player who sends the command, or None for a game server and for the lobby server itself. Ids, codes, hashes
and proofs are made by the caller and passed in, so that `decide` is a pure function.

Each module has the commands of one subject, with their union at its end: to add a command, start there.
"""

from __future__ import annotations

from lobby.domain.commands.members import *
from lobby.domain.commands.parties import *
from lobby.domain.commands.search import *
from lobby.domain.commands.sessions import *

Command = PartyCommand | MemberCommand | InviteCommand | SessionCommand | SearchCommand
