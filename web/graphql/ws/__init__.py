"""GraphQL over WebSocket: the subprotocols graphql-transport-ws and, for older clients, graphql-ws."""
