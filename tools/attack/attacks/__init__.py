"""All attacks, grouped by the part of the server that they load."""

from tools.attack.attacks import connections, desync, documents, guessing, players, wire

ALL = (*documents.ATTACKS, *connections.ATTACKS, *guessing.ATTACKS, *desync.ATTACKS, *wire.ATTACKS, *players.ATTACKS)
