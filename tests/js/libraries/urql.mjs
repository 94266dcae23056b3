// What urql shows of the server's answers, errors and refusals. Arguments: the address of GraphQL of a server, and of one that takes
// trusted documents only. Prints a line of JSON for each step.
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { documents, exchanged, hashes, tell, urql } from "./library.mjs";

const [, , url, trustedUrl] = process.argv;
let token = null;
const lobby = urql(url, async () => token);
const { signInAsGuest } = await lobby.run("SignInAsGuest", { input: { displayName: "Jo" } });
token = signInAsGuest.credentials.accessToken;
const { createParty } = await lobby.run("CreateParty", { input: {} });
const { id } = createParty.party;

const shown = ({ error }) => ({ message: error.message, code: error.graphQLErrors[0]?.extensions.code, status: error.response?.status });
const ask = (client, query, variables = {}) => client.query(query, variables).toPromise();

exchanged.length = 0;
await ask(lobby.client, "{ serverInfo { version } }");
tell("short query", exchanged.pop());
await lobby.run("Party", { id });
tell("long query", exchanged.pop());
tell("invalid", shown(await ask(lobby.client, "{ typo }")));
tell("stranger", shown(await ask(urql(url, async () => null).client, "{ myParty { id } }")));
tell("no such page", shown(await ask(new Client({ url: `${url}/nowhere`, exchanges: [fetchExchange] }), "{ serverInfo { version } }")));
const rejected = await lobby.run("JoinByCode", { input: { joinCode: "NOSUCH" } });
tell("rejected", [rejected.joinParty.__typename, rejected.joinParty.code]);

const first = (client, variables) =>
  new Promise((resolve) => {
    const { unsubscribe } = client.subscription(documents.get("WatchParty"), variables).subscribe(({ data, error }) => {
      resolve(error ? shown({ error }) : data.partyEvents.__typename);
      setTimeout(() => unsubscribe());
    });
  });
tell("followed", await first(lobby.client, { partyId: id }));
tell("not found", await first(lobby.client, { partyId: "no-such-party" }));
const headers = { authorization: `Bearer ${token}` };
const overHttp = new Client({ url, fetchSubscriptions: true, fetchOptions: { headers }, exchanges: [fetchExchange] });
tell("followed over HTTP", await first(overHttp, { partyId: id }));
const refused = await new Promise((resolve) => {
  urql(url, async () => "forged").subscribe("WatchParty", { partyId: id }, () => {}, resolve);
});
tell("refused token", [refused.networkError.code, refused.networkError.reason]);

exchanged.length = 0;
const generateHash = async (_, document) => hashes.get(document.definitions.find(({ operation }) => operation).name.value);
const exchanges = [persistedExchange({ generateHash, preferGetForPersistedQueries: true }), fetchExchange];
const trusted = new Client({ url: trustedUrl, exchanges });
tell("hash", Object.keys((await ask(trusted, documents.get("ServerInfo"))).data));
tell("hash alone", exchanged);
tell("not trusted", shown(await ask(new Client({ url: trustedUrl, exchanges: [fetchExchange] }), "{ serverInfo { time } }")));
process.exit(0);
