"""The queries, mutations and subscriptions of GraphQL: from an input to a command or query, and from its result to a type."""
