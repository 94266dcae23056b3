// Follows the party of the player, independent of the editor tabs. GraphiQL ends the subscription of a tab when another
// tab is chosen, and the server takes a player without a stream for disconnected.
import { useSyncExternalStore } from "react";
import { rememberValuesOf } from "./fetcher.js";
import { follow } from "./follow.js";
import { DEFAULT_HEADERS } from "./headers.js";
import { onMemoryChange, remember, currentValues } from "./memory.js";

const ENTRIES_MAX = 200;
const HEADERS = JSON.parse(DEFAULT_HEADERS);
const listeners = new Set();

let watchPartyDocument;
let end = () => {};
let state = { partyId: undefined, isPaused: false, entries: [] };

function set(changes) {
  state = { ...state, ...changes };
  listeners.forEach((listener) => listener());
}

const add = (entry) => set({ entries: [{ key: crypto.getRandomValues(new Uint32Array(1))[0], ...entry }, ...state.entries].slice(0, ENTRIES_MAX) });

function receive(answer) {
  rememberValuesOf(answer);
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
  end = follow({ query: watchPartyDocument, operationName: "WatchParty", variables: { partyId } }, HEADERS, {
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

function followCurrentParty() {
  const { ownPartyId, accessToken } = currentValues();
  const wanted = accessToken && !state.isPaused ? ownPartyId : undefined;
  if (wanted === state.partyId) return;
  if (state.partyId) stop();
  if (wanted) start(wanted);
}

/** From now on follows the party that the player of this tab is in. `document` is the text of WatchParty. */
export function followOwnParty(document) {
  watchPartyDocument = document;
  onMemoryChange(followCurrentParty);
  followCurrentParty();
}

export function setPaused(isPaused) {
  set({ isPaused });
  followCurrentParty();
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useLive = () => useSyncExternalStore(subscribe, () => state);
