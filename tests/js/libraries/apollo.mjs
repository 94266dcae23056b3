// What Apollo Client shows of the server's answers, errors and refusals, and what its cache makes of them. Arguments: the address of
// GraphQL of a server, and of one that takes trusted documents only. Prints a line of JSON for each step.
import { createHash } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { apollo, documents, exchanged, hashes, tell } from "./library.mjs";

const [, , url, trustedUrl] = process.argv;
let token = null;
const lobby = apollo(url, async () => token);
const { signInAsGuest } = await lobby.run("SignInAsGuest", { input: { displayName: "Jo" } });
const player = signInAsGuest.credentials.player.id;
token = signInAsGuest.credentials.accessToken;
tell("without a party", (await lobby.run("MyParty")).myParty);
const { createParty } = await lobby.run("CreateParty", { input: { settings: { difficulty: "Hard" } } });
const { id } = createParty.party;

await lobby.run("MyParty");
await lobby.run("Parties");
const [entry] = (await lobby.run("PartyHistory", { partyId: id })).partyHistory;
tell("history", [entry.__typename, entry.seq]);
const cache = lobby.client.cache.extract();
tell("cached", Object.keys(cache).filter((key) => key.includes(id) || key.includes(player)).map((key) => key.split(":")[0]).sort());
const settings = cache[`Party:${id}`].settings;
tell("settings", [settings.difficulty, settings.locked]);

const shown = (error) => ({ name: error.name, message: error.message, code: error.errors?.[0]?.extensions.code, status: error.statusCode });
const failure = (asked) => asked.then(() => "no error", shown);
const withLink = (link) => new ApolloClient({ cache: new InMemoryCache(), link });
const version = gql`{ serverInfo { version } }`;

exchanged.length = 0;
await lobby.client.query({ query: version });
tell("query", exchanged.pop());
tell("invalid", await failure(lobby.client.query({ query: gql`{ typo }` })));
tell("stranger", await failure(apollo(url, async () => null).run("MyParty")));
tell("no such page", await failure(withLink(new HttpLink({ uri: `${url}/nowhere` })).query({ query: version })));
const rejected = await lobby.run("JoinByCode", { input: { joinCode: "NOSUCH" } });
tell("rejected", [rejected.joinParty.__typename, rejected.joinParty.code]);
const batching = withLink(new BatchHttpLink({ uri: url }));
const [batch] = await Promise.allSettled([batching.query({ query: version }), batching.query({ query: gql`{ serverInfo { time } }` })]);
tell("batch", batch.reason.result[0].errors[0].message);

const first = (client, partyId) =>
  new Promise((resolve) => {
    const following = client.subscribe("WatchParty", { partyId }, (data) => end(data.partyEvents.__typename), (error) => end(shown(error)));
    const end = (value) => {
      resolve(value);
      setTimeout(() => following.unsubscribe());
    };
  });
tell("followed", await first(lobby, id));
tell("not found", await first(lobby, "no-such-party"));
tell("refused token", await first(apollo(url, async () => "forged"), id));

exchanged.length = 0;
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const automatic = withLink(new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri: url })));
tell("automatic", (await automatic.query({ query: version })).data.serverInfo.__typename);
tell("requests", exchanged.splice(0).map(({ status }) => status));

const generateHash = (document) => hashes.get(document.definitions.find(({ operation }) => operation).name.value);
const byHash = withLink(new PersistedQueryLink({ generateHash, useGETForHashedQueries: true }).concat(new HttpLink({ uri: trustedUrl })));
const info = await byHash.query({ query: gql(documents.get("ServerInfo")), fetchPolicy: "no-cache" });
tell("hash", info.data.serverInfo.difficulties);
tell("hash alone", exchanged.splice(0));
tell("not trusted", await failure(withLink(new HttpLink({ uri: trustedUrl })).query({ query: version })));
process.exit(0);
