// Plays the part of a WebGL build: the .jslib's functions as the build's compiler hands them to C#, on a WebSocket that is
// used as the browser's is. Prints each piece of news as a line of JSON. Arguments: the library, the server, a token.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import vm from "node:vm";

// An error that nobody listens for ends a program of Node's, and means nothing in a browser.
class WebSocket extends createRequire(new URL("../../../js/package.json", import.meta.url))("ws") {
  constructor(...where) {
    super(...where).on("error", () => {});
  }
}

const [library, url, token] = process.argv.slice(2);
const NAMES = ["none", "opened", "message", "closed"];
const memory = new Map();
const game = vm.createContext({
  WebSocket,
  TextDecoder,
  LibraryManager: { library: {} },
  mergeInto: (all, more) => Object.assign(all, more),
  autoAddDeps: () => {},
  UTF8ToString: (text) => text,
  lengthBytesUTF8: (text) => Buffer.byteLength(text),
  stringToUTF8: (text, at, size) => memory.set(at, Buffer.from(text).subarray(0, size - 1).toString()),
  _malloc: (size) => memory.size + 1,
});
vm.runInContext(readFileSync(library, "utf8"), game);
const {
  $adventureBot2LobbySockets: sockets,
  AdventureBot2LobbySocketOpen: open,
  AdventureBot2LobbySocketSend: send,
  AdventureBot2LobbySocketNews: news,
  AdventureBot2LobbySocketText: text,
  AdventureBot2LobbySocketCode: code,
  AdventureBot2LobbySocketLeave: leave,
} = game.LibraryManager.library;
game.adventureBot2LobbySockets = sockets;

const id = open(url, "graphql-transport-ws");
const tell = (kind, more) => console.log(JSON.stringify({ kind: NAMES[kind], ...more }));
const frame = setInterval(() => {
  for (let kind; (kind = news(id)) !== 0; ) {
    const said = kind === 1 ? "" : memory.get(text(id));
    if (kind === 1) {
      tell(kind, {});
      send(id, JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
    } else if (kind === 2) {
      tell(kind, { said: JSON.parse(said) });
      if (JSON.parse(said).type === "connection_ack") send(id, '{"type":"ping","payload":{"from":"Brünhild"}}');
      if (JSON.parse(said).type === "pong") send(id, '{"type":"nonsense"}');
    } else {
      tell(kind, { code: code(id), said });
      leave(id);
      clearInterval(frame);
    }
  }
}, 16);
