"""Plans: GraphQL operations that are known in advance, compiled to Python functions."""


class NotPlannable(Exception):
    """Plans do not cover something: in a document when it is planned, or in values when the plan runs.

    Then graphql-core executes the operation.
    """
