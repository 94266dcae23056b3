"""GraphQL over server-sent events, for networks and pages that can't hold a WebSocket.

The protocol is that of the npm package graphql-sse (PROTOCOL.md, version 2.6), in its distinct connections mode: one request
is one operation, and its answer is a stream of `next` events and a last `complete`.
"""
