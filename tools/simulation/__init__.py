"""Thousands of players who look for each other: they browse, invite, block, wait, search, and lose their connections.

`python -m tools.simulation` plays on servers of its own and kills them during the run. Afterwards `checks.py` compares the logs
of the store with the events that the players got. The chaos test (`tools.chaos`) looks for lost entries with few players and
many faults. This one looks for players who wait for ever, searches with two ends, and players who meet although one has blocked
the other.
"""
