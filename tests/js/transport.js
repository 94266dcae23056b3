// What the official client of graphql-transport-ws hears from the server at the URL given, one line each.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const connect = (options) => {
  const pings = [];
  const client = createClient({ url: process.argv[2], webSocketImpl: WebSocket, retryAttempts: 0, ...options });
  client.on("ping", (received, payload) => received && pings.push(payload));
  return { client, pings };
};

const tell = ({ client }, query) =>
  new Promise((resolve) => {
    client.subscribe(
      { query },
      {
        next: (result) => console.log(JSON.stringify(result)),
        error: (error) => resolve(console.log(error.reason ?? error[0].message)),
        complete: resolve,
      },
    );
  });

const stranger = connect({});
await tell(stranger, "{ hello }");
await tell(stranger, "subscription { count(to: 2) }");
await tell(stranger, "{ typo }");
await tell(stranger, "{ hello");
await stranger.client.dispose();

const ann = connect({ connectionParams: { authorization: "Bearer ann" } });
await tell(ann, "{ who }");
await ann.client.dispose();

// The notice ahead of a close is a ping like any other to this client: it pongs, and then hears the close itself.
const refused = connect({ connectionParams: { authorization: "Bearer forged" } });
await tell(refused, "{ hello }");
console.log(JSON.stringify(refused.pings));

// Stopped by the client, so that the server closes the source.
const follower = connect({});
for await (const result of follower.client.iterate({ query: "subscription { idle }" })) {
  console.log(JSON.stringify(result));
  break;
}
await follower.client.dispose();
