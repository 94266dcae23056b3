"""A load test for integrators: players that sign in, meet, chat, start and leave, over the served API of a running server.

`adventurebot-lobby load` (or `python -m tools.load`) measures what a client sees: latencies of requests and of events, errors and
lost connections. `tools.bench` measures what the server costs, and `tools.chaos` whether it loses anything.
"""
