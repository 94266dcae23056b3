"""The nouns of the API, as GraphQL shows them. `schema.root` puts them together."""
