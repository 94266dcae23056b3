// The values that answers brought and later operations need, by the names that placeholders use.
// One memory per browser tab, so that two tabs are two players; a join code is there to be passed on, so it is shared.
import { useSyncExternalStore } from "react";

const KEY = "lobby:remembered";
const SHARED_KEY = "lobby:joinCode";
const listeners = new Set();

const readOwn = () => JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
const withShared = (own) => ({ ...own, joinCode: localStorage.getItem(SHARED_KEY) ?? undefined });

let values = withShared(readOwn());

export const remembered = () => values;

const isSomebodyElse = ({ player }) => player !== undefined && player.id !== values.player?.id;

/** Adds to what is remembered; a value of undefined forgets. Another player begins with an empty memory. */
export function remember(news) {
  if (Object.entries(news).every(([name, value]) => values[name] === value)) return;
  if (news.joinCode) localStorage.setItem(SHARED_KEY, news.joinCode);
  values = isSomebodyElse(news) ? withShared(news) : { ...values, ...news };
  sessionStorage.setItem(KEY, JSON.stringify(values));
  listeners.forEach((listener) => listener());
}

export function onMemoryChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useRemembered = () => useSyncExternalStore(onMemoryChange, remembered);

addEventListener("storage", ({ key }) => {
  if (key !== SHARED_KEY) return;
  values = withShared(values);
  listeners.forEach((listener) => listener());
});
