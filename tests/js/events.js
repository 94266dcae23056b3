// What the official client of GraphQL over server-sent events hears from the server at the URL given, one line each.
import { createClient } from "graphql-sse";

const url = process.argv[2];
const connect = (token) => createClient({ url, retryAttempts: 0, headers: token && { Authorization: `Bearer ${token}` } });

const tell = (client, query) =>
  new Promise((resolve) => {
    client.subscribe(
      { query },
      {
        next: (result) => console.log(JSON.stringify(result)),
        error: (error) => resolve(console.log(error.message)),
        complete: () => resolve(console.log("complete")),
      },
    );
  });

const stranger = connect();
await tell(stranger, "{ hello }");
await tell(stranger, "subscription { count(to: 2) }");
await tell(stranger, "{ typo }");
await tell(connect("ann"), "{ who }");

// Stopped by the client, so that the server closes the source.
for await (const result of stranger.iterate({ query: "subscription { idle }" })) {
  console.log(JSON.stringify(result));
  break;
}
stranger.dispose();
