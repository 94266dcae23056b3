// The storage of GraphiQL: one for each browser tab, so that two tabs are two players. Tabs share the choice of light or dark.
const SHARED = new Set(["graphiql:theme"]);

const storageOf = (key) => (SHARED.has(key) ? localStorage : sessionStorage);

export const storage = {
  getItem: (key) => storageOf(key).getItem(key),
  setItem: (key, value) => storageOf(key).setItem(key, value),
  removeItem: (key) => storageOf(key).removeItem(key),
  clear: () => sessionStorage.clear(),
  get length() {
    return sessionStorage.length;
  },
};

/** True if this browser tab has not opened the page before. */
export const isFirstVisit = () => sessionStorage.getItem("graphiql:tabState") === null;
