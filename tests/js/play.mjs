// A player on the official JavaScript client. Arguments: the socket's URL, a join code. Standard input: the documents
// by operation name, as JSON. Signs in, joins, chooses, gets ready, leaves when the session has ended; prints each
// event as one line of JSON, and ends when the stream does.
import { text } from "node:stream/consumers";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, joinCode] = process.argv.slice(2);
const documents = JSON.parse(await text(process.stdin));

function connect(connectionParams) {
  return createClient({ url, webSocketImpl: WebSocket, connectionParams, lazyCloseTimeout: 1000 });
}

function results(client, operationName, variables) {
  return client.iterate({ query: documents[operationName], operationName, variables });
}

async function run(client, operationName, variables) {
  for await (const { data, errors } of results(client, operationName, variables)) {
    if (errors) throw new Error(`${operationName}: ${JSON.stringify(errors)}`);
    const answer = Object.values(data)[0];
    if (answer.code) throw new Error(`${operationName}: ${answer.code}: ${answer.message}`);
    return answer;
  }
}

async function signIn() {
  const stranger = connect(undefined);
  const { credentials } = await run(stranger, "SignInAsGuest", { input: { displayName: "Jo of JavaScript" } });
  await stranger.dispose();
  return connect({ authorization: `Bearer ${credentials.accessToken}` });
}

async function watch(client, partyId, after) {
  for await (const { data, errors } of results(client, "WatchParty", { partyId, after })) {
    if (errors) throw new Error(`WatchParty: ${JSON.stringify(errors)}`);
    const event = data.partyEvents;
    console.log(JSON.stringify(event));
    if (event.__typename === "SessionEnded") await run(client, "LeaveParty", { input: { partyId } });
  }
}

const client = await signIn();
const { party } = await run(client, "JoinByCode", { input: { joinCode, characterClass: "Bard" } });
const watching = watch(client, party.id, party.cursor);
const ready = { partyId: party.id, ready: true, settingsVersion: party.settings.version };
await run(client, "SetReady", { input: ready });
await watching;
await client.dispose();
