// Operations over HTTP and subscriptions over a WebSocket, with the key of this session.
import { createClient } from "graphql-ws";
import { currentKey, signOut } from "./session.js";

const ENDPOINT = new URL("graphql", document.baseURI);
const FORBIDDEN = 4403;

/** The texts of client_queries/, which the server knows. */
const documents = DOCUMENTS;

export class OperationError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** Runs an operation of client_queries/ by its name and returns its data. Throws an `OperationError`. */
export async function run(name, variables = {}, key = currentKey()) {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    // With application/json every well-formed request gets a 200: the reason of an error is in the answer, not in the console.
    headers: { accept: "application/json", "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: documents[name], variables }),
  });
  const answer = await response.json().catch(() => {
    throw new OperationError(`The server answered ${response.status} without JSON.`);
  });
  if (answer.errors) {
    const [{ message, extensions }] = answer.errors;
    if (extensions?.code === "UNAUTHENTICATED" && key === currentKey() && name === "operatorKey") signOut();
    throw new OperationError(message, extensions?.code);
  }
  return answer.data;
}

/** Carries out an act of a moderator and returns its entry in the log. Throws an `OperationError` for a rejection. */
export async function act(name, input) {
  const result = (await run(name, { input }))[name];
  if (result.__typename === "Rejection") throw new OperationError(result.message, result.code);
  return result.entry;
}

/** Follows a subscription, and returns the function that ends it. The client connects again by itself. */
export function follow(name, variables, sink) {
  const url = new URL(ENDPOINT);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const client = createClient({
    url: url.href,
    retryAttempts: Infinity,
    connectionParams: () => ({ Authorization: `Bearer ${currentKey()}` }),
    shouldRetry: ({ code }) => code !== FORBIDDEN,
    on: { closed: () => sink.onPause?.(), connected: () => sink.onLive?.() },
  });
  const end = client.subscribe(
    { query: documents[name], variables },
    {
      next: ({ data, errors }) => (errors ? sink.onError(errors[0].message) : sink.onEvent(Object.values(data)[0])),
      error: (reason) => sink.onError(messageOf(reason)),
      complete: () => sink.onEnd?.(),
    },
  );
  return () => {
    end();
    client.dispose();
  };
}

function messageOf(reason) {
  if (Array.isArray(reason)) return reason[0].message;
  if (typeof reason?.code === "number") return `The connection closed: ${reason.code} ${reason.reason}`.trim();
  return reason?.message ?? "The connection failed.";
}
