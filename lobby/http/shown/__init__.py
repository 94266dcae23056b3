"""Parties and sessions as REST and `/updates` show them: the same facts as in GraphQL, to the same eyes, in snake_case."""
