// A subscription over graphql-transport-ws. Each has its own connection, with the headers of its editor tab.
import { createClient } from "graphql-ws";
import { headersToSend, usesOwnToken } from "./headers.js";
import { remember } from "./memory.js";

const FORBIDDEN = 4403;
const RETRIES_MAX = 8;

function socketUrl() {
  const url = new URL("graphql", location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** The reason of a closed socket as a message: a close event as JSON says little. */
const readableReason = (reason) =>
  typeof reason?.code === "number" ? { message: `The connection closed: ${reason.code} ${reason.reason}`.trim() } : reason;

/** Starts the subscription, and returns the function that ends it. `editorHeaders` may have placeholders. */
export function follow(request, editorHeaders, sink) {
  let refusals = 0;
  const client = createClient({
    url: socketUrl(),
    retryAttempts: RETRIES_MAX,
    connectionParams: () => headersToSend(editorHeaders),
    // After a refused token, one more try makes sense if the page can renew the token.
    shouldRetry: ({ code }) => code !== FORBIDDEN || (usesOwnToken(editorHeaders) && refusals < 2),
    on: {
      closed({ code }) {
        if (code !== FORBIDDEN || !usesOwnToken(editorHeaders)) return;
        refusals += 1;
        remember({ expiresAt: new Date(0).toISOString() });
      },
    },
  });
  return client.subscribe(request, { ...sink, error: (reason) => sink.error(readableReason(reason)) });
}
