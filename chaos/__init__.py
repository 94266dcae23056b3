"""Nothing is lost: players at random, a bad network, a server that is killed again and again, and a check of it all.

`python -m chaos` plays and judges; docs/chaos.md tells how to read what it prints. It is a client of the server from
outside; only the judging, once the servers are down, reads the log itself.
"""
