"""The store of many nodes, over Valkey or Redis, alone or as a cluster. `open_valkey` in `opening.py` opens it by its URL.

Nothing is imported here: a server with another store does without the client of Valkey, which takes 50 ms to import.
"""
