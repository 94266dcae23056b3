"""Attacks on a running server, and how a good client fares meanwhile. `scripts/attack` runs it; docs/attack.md tells how to
read it.

Against loopback only, unless told otherwise; bounded in count and time. It is a client: it knows nothing of the server's inside.
"""
