// Ada and Bram play a party to its end. Prints a line of JSON for each step. The compiler checks the types, strictly.
import { LobbyClient, LobbyError, isRejection } from "adventurebot2-lobby";
import type { Outcome, Party, PartyChanged, PartyEvent, RejectionCode } from "adventurebot2-lobby";

declare const process: { argv: string[] };

const MESSAGES = 20;
const [, , url = "", waitMs = "0"] = process.argv;
const say = (step: string, value: unknown) => console.log(JSON.stringify({ step, value }));

function granted<Value>(outcome: Outcome<string, Value>): Value {
  if (isRejection(outcome)) throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome as Value;
}

async function signedIn(displayName: string): Promise<LobbyClient> {
  const stored = new Map<string, string>();
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  };
  granted(await new LobbyClient(url, { storage }).signInAsGuest({ displayName }));
  return new LobbyClient(url, { storage }); // a later visit
}

/** What an event says, by its type. */
function line(event: PartyEvent): string {
  switch (event.__typename) {
    case "MemberJoined":
      return `${event.member.player.displayName} joined`;
    case "MessagePosted":
      return event.text;
    case "SessionEnded":
      return event.session.outcome ?? "";
    case "Removed":
      return event.leaveReason;
    default:
      return "";
  }
}

async function follow(lobby: LobbyClient, party: Party, done: (event: PartyEvent) => Promise<void>): Promise<PartyEvent[]> {
  const events: PartyEvent[] = [];
  const states: string[] = [];
  const onState = (state: string) => void states.push(state);
  for await (const event of lobby.watchParty({ partyId: party.id, after: party.cursor }, { onState })) {
    if (event.__typename === "Heartbeat" || event.__typename === "MemberConnectionChanged") continue;
    events.push(event);
    await done(event);
  }
  say("states", states);
  return events;
}

const ada = await signedIn("Ada");
const bram = await signedIn("Bram");
say("player", ada.player?.displayName);
const created: PartyChanged = granted(
  await ada.createParty({ settings: { name: "Into the dark", countdownSeconds: 0, gameType: "COOP" }, characterClass: "Knight" }),
);
const wrong = await bram.joinByCode({ joinCode: "NO-SUCH-CODE" });
const code: RejectionCode | null = isRejection(wrong) ? wrong.code : null;
say("refused", code);
let party = granted(await bram.joinByCode({ joinCode: created.party.joinCode, characterClass: "Bard" })).party;
const watching = follow(bram, party, async (event) => {
  if (event.__typename === "SessionStarted") {
    say("ticket", event.ticket?.token.split(".").length);
    granted(await ada.completeSession({ sessionId: event.session.id, outcome: "the dragon sleeps" }));
  }
  if (event.__typename === "SessionEnded") granted(await bram.leaveParty({ partyId: party.id }));
});
for (let number = 1; number <= MESSAGES; number++) {
  granted(await ada.postMessage({ partyId: party.id, text: `message ${number}` }));
}
const first = [await ada.token(), await bram.token()];
await new Promise((resolve) => setTimeout(resolve, Number(waitMs)));
granted(await bram.setReady({ partyId: party.id, ready: true, settingsVersion: party.settings.version }));
granted(await ada.setReady({ partyId: party.id, ready: true, settingsVersion: party.settings.version }));
say("refreshed", [(await ada.token()) !== first[0], (await bram.token()) !== first[1]]);
granted(await ada.startSession({ partyId: party.id, force: true }));
const events = await watching;
say("seqs", events.filter((event) => event.__typename !== "Removed").map((event) => event.seq));
say("kinds", [...new Set(events.map((event) => event.__typename))]);
say("messages", events.filter((event) => event.__typename === "MessagePosted").map(line));
say("ended", line(events.find((event) => event.__typename === "SessionEnded")!));
say("removed", line(events.at(-1)!));

const stranger = bram.watchParty({ partyId: "no-such-party" });
try {
  for await (const event of stranger) say("event", event);
} catch (error) {
  say("stranger", error instanceof LobbyError ? error.code : error);
}
bram.signOut();
say("signed-out", [bram.player, await bram.token()]);
