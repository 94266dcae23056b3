// Follows a party on the official JavaScript client. Arguments: the socket's URL, a token, the party's id. Standard input: the document of the subscription. Prints each event as one line of JSON, and the end of the
// subscription as a line of its own.
import { text } from "node:stream/consumers";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token, partyId] = process.argv.slice(2);
const query = await text(process.stdin);
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${token}` },
  shouldRetry: () => true, // the documented way to survive a server that is down for a moment: a refused connection is retried
});
client.subscribe(
  { query, variables: { partyId } },
  {
    next: ({ data, errors }) => console.log(JSON.stringify(errors ?? data.partyEvents)),
    error: (error) => console.log(JSON.stringify(`error: ${error.reason ?? JSON.stringify(error)}`)),
    complete: () => console.log('"complete"'),
  },
);
