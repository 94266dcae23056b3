"""`/updates`: what happens in a party, pushed over a plain WebSocket as JSON, for clients without GraphQL."""
