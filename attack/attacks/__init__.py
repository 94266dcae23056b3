"""The attacks, by what they are aimed at."""

from attack.attacks import desync, documents, guessing, slow, sockets

ALL = (*documents.ATTACKS, *slow.ATTACKS, *sockets.ATTACKS, *guessing.ATTACKS, *desync.ATTACKS)
