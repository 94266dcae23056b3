// Plays the part of two tabs of a WebGL build that share a localStorage, and of a page without one. Prints what each finds, as
// JSON. Argument: the library.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const source = readFileSync(process.argv[2], "utf8");
const stored = new Map();
const shared = {
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => void stored.set(key, value),
  removeItem: (key) => void stored.delete(key),
};

/** The functions of the library in a tab, with texts in place of the game's memory. */
function tab(storage) {
  const memory = new Map();
  const game = vm.createContext({
    LibraryManager: { library: {} },
    mergeInto: (all, more) => Object.assign(all, more),
    UTF8ToString: (text) => text,
    lengthBytesUTF8: (text) => Buffer.byteLength(text),
    stringToUTF8: (text, at, size) => memory.set(at, Buffer.from(text).subarray(0, size - 1).toString()),
    _malloc: () => memory.size + 1,
  });
  Object.defineProperty(game, "localStorage", { get: storage });
  vm.runInContext(source, game);
  const { AdventureBot2LobbyStoreLoad: load, AdventureBot2LobbyStoreSave: save } = game.LibraryManager.library;
  return { load: (key) => memory.get(load(key)), save };
}

const [one, other] = [tab(() => shared), tab(() => shared)];
const sandboxed = tab(() => {
  throw new Error("The document is sandboxed.");
});
console.log(
  JSON.stringify({
    empty: one.load("guest"),
    saved: one.save("guest", "Brünhild ☃"),
    seen: other.load("guest"),
    cleared: other.save("guest", ""),
    gone: one.load("guest"),
    sandboxed: [sandboxed.load("guest"), sandboxed.save("guest", "text")],
  }),
);
