// The key of the operator. It is kept for this tab, until it is closed or the operator signs out.
const STORED = "lobby-console-key";
const listeners = new Set();

export const currentKey = () => sessionStorage.getItem(STORED);

export function signIn(key) {
  sessionStorage.setItem(STORED, key);
  notify();
}

export function signOut() {
  sessionStorage.removeItem(STORED);
  notify();
}

export function onKeyChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notify() {
  for (const listener of listeners) listener();
}
