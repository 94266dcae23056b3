"""The places of texts are found in the schemas."""

from __future__ import annotations

import json

from graphql import GraphQLSchema, build_schema, parse, validate

from tools.fuzz.places import Request, graphql_documents, graphql_places, read_schema, rest_places

SCHEMA = """
    type Query { party(id: ID!, level: Int!): Party  version: String }
    type Mutation { create(input: Create!): Party }
    type Party { id: ID! }
    enum Kind { A B }
    input Attribute { key: String!  value: String! }
    input Create { name: String  kind: Kind!  size: Int!  attributes: [Attribute!]  leaveCurrent: Boolean }
"""
OPENAPI = {
    "paths": {
        "/party/{party_id}": {
            "post": {
                "parameters": [
                    {"name": "party_id", "in": "path", "schema": {"type": "string"}},
                    {"name": "after", "in": "query", "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
                    {"name": "first", "in": "query", "schema": {"type": "integer"}},
                    {"name": "Key", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "Body": {
                "properties": {
                    "size": {"type": "integer"},
                    "tags": {"anyOf": [{"items": {"type": "string"}, "type": "array"}, {"type": "null"}]},
                    "inner": {"properties": {"name": {"type": "string"}}},
                }
            }
        }
    },
}


def documents(schema: GraphQLSchema) -> dict[str, str]:
    return graphql_documents(schema, "query", "mutation", "subscription")


def test_every_text_of_a_graphql_schema_is_a_place() -> None:
    assert documents(build_schema(SCHEMA)) == {
        "party.id": "query($t:ID!){party(id:$t,level:1){__typename}}",
        "create.input.name": "mutation($t:String!){create(input:{kind:A,size:1,leaveCurrent:true,name:$t}){__typename}}",
        "create.input.attributes[].key": (
            'mutation($t:String!){create(input:{kind:A,size:1,leaveCurrent:true,attributes:[{value:"x",key:$t}]})'
            "{__typename}}"
        ),
        "create.input.attributes[].value": (
            'mutation($t:String!){create(input:{kind:A,size:1,leaveCurrent:true,attributes:[{key:"x",value:$t}]})'
            "{__typename}}"
        ),
    }


def test_every_document_is_valid_for_the_lobby_schema() -> None:
    schema = read_schema()

    assert [validate(schema, parse(text)) for text in documents(schema).values()] == [[]] * len(documents(schema))


def test_a_graphql_place_sends_the_text_as_a_variable() -> None:
    request = graphql_places(build_schema(SCHEMA))["party.id"]("\ud800")

    assert (request.method, request.path) == ("POST", "/graphql")
    assert json.loads(request.body or b"")["variables"] == {"t": "\ud800"}


def test_every_text_of_an_openapi_document_is_a_place() -> None:
    requests = {name: place("ü/") for name, place in rest_places(OPENAPI).items()}

    assert requests == {
        "post /party/{party_id} path.party_id": Request("POST", "/party/%C3%BC%2F"),
        "post /party/{party_id} query.after": Request("POST", "/party/x?after=%C3%BC%2F"),
        "post /party/{party_id} body.tags.[]": Request("POST", "/party/x", '{"tags": ["ü/"]}'.encode()),
        "post /party/{party_id} body.inner.name": Request("POST", "/party/x", '{"inner": {"name": "ü/"}}'.encode()),
    }
