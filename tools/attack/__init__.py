"""Attacks on a running server, with the latency of legitimate clients before, during and after each one.

`scripts/attack` runs it, docs/attack.md explains its output. It attacks loopback addresses only, without an explicit option.
Its attacks have limits in count and time. It is a client, and knows nothing about the inside of the server.
"""
