// One subscription over graphql-transport-ws, each on a connection of its own with the headers of its editor tab.
import { createClient } from "graphql-ws";
import { headersToSend, usesOwnToken } from "./headers.js";
import { remember } from "./memory.js";

const FORBIDDEN = 4403;
const RETRIES_MAX = 8;

function socketUrl() {
  const url = new URL("/graphql", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** The answer to a socket that closed for good: a close event says little when it is printed as JSON. */
const readable = (reason) =>
  typeof reason?.code === "number" ? { message: `The connection closed: ${reason.code} ${reason.reason}`.trim() } : reason;

/** Starts the subscription; `typed` are headers with placeholders. Gives back the function that ends it. */
export function follow(request, typed, sink) {
  let refusals = 0;
  const client = createClient({
    url: socketUrl(),
    retryAttempts: RETRIES_MAX,
    connectionParams: () => headersToSend(typed),
    // A token that was refused is worth a second try only if it is one that the page can renew.
    shouldRetry: ({ code }) => code !== FORBIDDEN || (usesOwnToken(typed) && refusals < 2),
    on: {
      closed({ code }) {
        if (code !== FORBIDDEN || !usesOwnToken(typed)) return;
        refusals += 1;
        remember({ expiresAt: new Date(0).toISOString() });
      },
    },
  });
  return client.subscribe(request, { ...sink, error: (reason) => sink.error(readable(reason)) });
}
