"""GraphQL over HTTP, server-sent events and WebSocket, and the explorer page."""
