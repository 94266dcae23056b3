// What GraphiQL keeps: per browser tab, so that two tabs are two people; only the choice of light or dark is shared.
const SHARED = new Set(["graphiql:theme"]);

const keeperOf = (key) => (SHARED.has(key) ? localStorage : sessionStorage);

export const storage = {
  getItem: (key) => keeperOf(key).getItem(key),
  setItem: (key, value) => keeperOf(key).setItem(key, value),
  removeItem: (key) => keeperOf(key).removeItem(key),
  clear: () => sessionStorage.clear(),
  get length() {
    return sessionStorage.length;
  },
};

/** Whether this browser tab has opened the page before. */
export const isFirstVisit = () => sessionStorage.getItem("graphiql:tabState") === null;
