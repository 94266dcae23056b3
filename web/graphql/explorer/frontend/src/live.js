// The stream of the player's own party, followed beside the editor tabs: GraphiQL ends a tab's subscription when another
// tab is chosen, and a player without a stream is soon taken for gone.
import { useSyncExternalStore } from "react";
import { takeNote } from "./fetcher.js";
import { follow } from "./follow.js";
import { DEFAULT_HEADERS } from "./headers.js";
import { onMemoryChange, remember, remembered } from "./memory.js";

const ENTRIES_MAX = 200;
const HEADERS = JSON.parse(DEFAULT_HEADERS);
const listeners = new Set();

let document_;
let end = () => {};
let state = { partyId: undefined, isPaused: false, entries: [] };

function set(news) {
  state = { ...state, ...news };
  listeners.forEach((listener) => listener());
}

const add = (entry) => set({ entries: [{ key: crypto.getRandomValues(new Uint32Array(1))[0], ...entry }, ...state.entries].slice(0, ENTRIES_MAX) });

function receive(answer) {
  takeNote(answer);
  const event = answer.data?.partyEvents;
  if (event) return event.__typename === "Heartbeat" ? undefined : add({ event });
  return add({ problem: answer.errors?.[0]?.message ?? "An answer without data." });
}

function finish() {
  set({ partyId: undefined });
  remember({ ownPartyId: undefined });
}

function start(partyId) {
  set({ partyId, entries: [] });
  end = follow({ query: document_, operationName: "WatchParty", variables: { partyId } }, HEADERS, {
    next: receive,
    complete: finish,
    error(reason) {
      add({ problem: reason.message ?? String(reason) });
      finish();
    },
  });
}

function stop() {
  end();
  set({ partyId: undefined });
}

function keepUp() {
  const { ownPartyId, accessToken } = remembered();
  const wanted = accessToken && !state.isPaused ? ownPartyId : undefined;
  if (wanted === state.partyId) return;
  if (state.partyId) stop();
  if (wanted) start(wanted);
}

/** From now on follows whichever party this tab's player is in; `document` is the text of WatchParty. */
export function followOwnParty(document) {
  document_ = document;
  onMemoryChange(keepUp);
  keepUp();
}

export function setPaused(isPaused) {
  set({ isPaused });
  keepUp();
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useLive = () => useSyncExternalStore(subscribe, () => state);
