"""The chaos test: random players, a bad network and servers that are killed, then a check that nothing was lost.

`python -m tools.chaos` runs it; docs/chaos.md explains what it prints. During the run it is a client of the server. Only the
checks, after the servers have stopped, read the log itself.
"""
