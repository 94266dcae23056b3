"""The lobby over plain HTTP, on the same services and under the same rules as GraphQL."""
