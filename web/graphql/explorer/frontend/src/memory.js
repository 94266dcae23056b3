// The values from answers that later operations need, by the names of the placeholders.
// Each browser tab has its own memory, so that two tabs are two players. Tabs share the join code, so that both can use it.
import { useSyncExternalStore } from "react";

const KEY = "lobby:remembered";
const SHARED_KEY = "lobby:joinCode";
const listeners = new Set();

const readOwn = () => JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
const withShared = (own) => ({ ...own, joinCode: localStorage.getItem(SHARED_KEY) ?? undefined });

let values = withShared(readOwn());

export const currentValues = () => values;

const isOtherPlayer = ({ player }) => player !== undefined && player.id !== values.player?.id;

/** Adds or replaces values; undefined removes one. Another player starts with an empty memory. */
export function remember(changes) {
  if (Object.entries(changes).every(([name, value]) => values[name] === value)) return;
  if (changes.joinCode) localStorage.setItem(SHARED_KEY, changes.joinCode);
  values = isOtherPlayer(changes) ? withShared(changes) : { ...values, ...changes };
  sessionStorage.setItem(KEY, JSON.stringify(values));
  listeners.forEach((listener) => listener());
}

export function onMemoryChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useRememberedValues = () => useSyncExternalStore(onMemoryChange, currentValues);

addEventListener("storage", ({ key }) => {
  if (key !== SHARED_KEY) return;
  values = withShared(values);
  listeners.forEach((listener) => listener());
});
