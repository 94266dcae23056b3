"""The types and inputs of the GraphQL schema. `resolvers.root` adds the queries, mutations and subscriptions.

Rules for the whole schema:
- A rule of the lobby that rejects a mutation is data: the result is a `Rejection` with a stable `code`. GraphQL errors are for
  malformed requests, missing credentials, and failures of the server.
- Times are UTC. Lists are ordered. Each limit is in the description of the field that it limits.
- A client without unions or maps (JsonUtility of Unity) can read every result: one flat class per selection is enough.
"""
