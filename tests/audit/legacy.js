// What Apollo's client of the legacy graphql-ws hears from the server at the URL given, one line each.
import { SubscriptionClient } from "subscriptions-transport-ws";
import ws from "ws";

const connect = (options) => new SubscriptionClient(process.argv[2], { reconnect: false, ...options }, ws);

const tell = (client, query) =>
  new Promise((resolve) => {
    client.request({ query }).subscribe({
      next: (result) => console.log(JSON.stringify(result)),
      error: (error) => resolve(console.log(error.message ?? error[0].message)),
      complete: resolve,
    });
  });

const stranger = connect({});
await tell(stranger, "{ hello }");
await tell(stranger, "subscription { count(to: 2) }");
console.log("complete");
await tell(stranger, "{ typo }");
stranger.close();

const ann = connect({ connectionParams: { Authorization: "Bearer ann" } });
await tell(ann, "{ who }");
ann.close();

const refused = connect({
  connectionParams: { Authorization: "Bearer forged" },
  connectionCallback: (error) => error && console.log(error.message),
});
await new Promise((resolve) => refused.onDisconnected(resolve));
refused.close();
