"""The lobby as plain HTTP: the paths of the server overview, on the same service and under the same rules as GraphQL."""
