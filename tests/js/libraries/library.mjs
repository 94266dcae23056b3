// urql and Apollo Client, set up by the code of docs/javascript.md, behind one interface: `run` an operation by its name to its
// data, and `subscribe` to one. Both throw or tell what the library makes of an error.
import { readFileSync } from "node:fs";
import { gql } from "@apollo/client";
import WebSocket from "ws";
import { createApollo } from "./lobby-apollo.js";
import { createUrql } from "./lobby-urql.js";

const { operations } = JSON.parse(readFileSync("bundled.json", "utf8"));
const possibleTypes = JSON.parse(readFileSync("possible_types.json", "utf8"));
export const documents = new Map(operations.map(({ name, body }) => [name, body]));
export const hashes = new Map(operations.map(({ name, id }) => [name, id]));
export const tell = (step, value) => console.log(JSON.stringify({ step, value: value ?? null }));

export const sockets = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(...where) {
    super(...where);
    sockets.push(this);
  }
};

/** What `fetch` has sent and got: method, Accept header, status and type of the response. */
export const exchanged = [];
const fetchReally = globalThis.fetch;
globalThis.fetch = async (url, options) => {
  const response = await fetchReally(url, options);
  const type = response.headers.get("content-type").split(";")[0];
  exchanged.push({ method: options.method, status: response.status, type });
  return response;
};

const kindOf = (name) => operations.find((each) => each.name === name).type;

export function urql(url, token) {
  const client = createUrql(url, token);
  const data = ({ data, error }) => {
    if (error) throw error;
    return data;
  };
  return {
    client,
    run: async (name, variables = {}) =>
      data(await client[kindOf(name)](documents.get(name), variables, { requestPolicy: "network-only" }).toPromise()),
    subscribe: (name, variables, next, end) =>
      client.subscription(documents.get(name), variables).subscribe((result) => {
        if (result.error) end(result.error);
        else next(result.data);
      }),
  };
}

export function apollo(url, token) {
  const client = createApollo(url, token, possibleTypes);
  return {
    client,
    run: async (name, variables = {}) => {
      const document = gql(documents.get(name));
      const asked =
        kindOf(name) === "query"
          ? await client.query({ query: document, variables, fetchPolicy: "network-only" })
          : await client.mutate({ mutation: document, variables });
      return asked.data;
    },
    subscribe: (name, variables, next, end) =>
      client.subscribe({ query: gql(documents.get(name)), variables }).subscribe({
        next: ({ data, error }) => (error ? end(error) : next(data)),
        error: end,
      }),
    cached: (name, variables) => client.cache.readQuery({ query: gql(documents.get(name)), variables }),
  };
}
