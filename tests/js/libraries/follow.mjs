// A guest opens a party and follows it. Arguments: "urql" or "apollo", the address of GraphQL. Prints a line of JSON for each step,
// and goes on through restarts of the server until somebody says "good night". From the second connection on, the token is refreshed
// for each of them.
import * as libraries from "./library.mjs";

const { sockets, tell } = libraries;
const [, , name, url] = process.argv;
let credentials = null;

async function token() {
  if (sockets.length > 1) {
    const { refreshCredentials } = await stranger.run("RefreshCredentials", { refreshToken: credentials.refreshToken });
    credentials = refreshCredentials.credentials;
    tell("refreshed", credentials.player.displayName);
  }
  return credentials?.accessToken;
}

const stranger = libraries[name](url, async () => null);
const lobby = libraries[name](url, token);
const { signInAsGuest } = await stranger.run("SignInAsGuest", { input: { displayName: "Jo" } });
credentials = signInAsGuest.credentials;
const { createParty } = await lobby.run("CreateParty", { input: { settings: { countdownSeconds: 0 } } });
const { id, cursor } = createParty.party;
const { party } = await lobby.run("Party", { id });
tell("party", { typename: createParty.__typename, name: party.settings.name, members: party.members.length });
tell("sockets", sockets.length);
tell("code", party.joinCode);

function next({ partyEvents: event }) {
  if (event.__typename === "Heartbeat") return;
  tell("event", { type: event.__typename, seq: event.seq, text: event.text });
  if (lobby.cached) tell("cached", lobby.cached("Party", { id }).party.memberCount === event.party.memberCount);
  if (event.text === "good night") process.exit(0);
}

lobby.subscribe("WatchParty", { partyId: id, after: cursor }, next, (error) => {
  tell("end", error?.message);
  process.exit(1);
});
