// One subscription over a WebSocket of its own, with the protocol graphql-transport-ws. It reconnects and resumes after the last
// cursor, so that each entry comes once and in order.
import { LobbyError, pauseMs, sleep } from "./lobby.js";

const SILENCE_MS = 25_000; // the server sends a heartbeat every 10 s on a party's stream
const PING_MS = 12_000;
const RETURN_MS_MAX = 60_000;
const LAST = new Set(["Removed"]); // after it the server ends the stream
const HEARTBEATS = new Set(["Heartbeat", "InboxHeartbeat"]);
const BESIDE_THE_LOG = new Set(["Announcement", ...HEARTBEATS, ...LAST]);
const CODES_PERMANENT = new Set([
  "NOT_FOUND",
  "BAD_USER_INPUT",
  "BAD_REQUEST",
  "FORBIDDEN",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "DOCUMENT_NOT_TRUSTED",
]);
const REFUSED_TOKEN = new Set([4401, 4403]);

export class LobbyStream {
  #client;
  #document;
  #variables;
  #options;
  #over = new AbortController();
  #events = [];
  #wake = () => {};
  #seq = null;
  #returnMs = 0;
  #isRemoved = false;

  constructor(client, document, variables, options) {
    this.#client = client;
    this.#document = document;
    this.#variables = { ...variables };
    this.#options = options;
    this.state = "connecting";
    const signal = options.signal;
    if (signal?.aborted) this.close();
    signal?.addEventListener("abort", () => this.close(), { once: true });
    this.ended = this.#run();
    this.ended.catch(() => {}); // the loop over the events throws it, too
  }

  /** The cursor of the last event that has arrived; null before, and for the public list. */
  get cursor() {
    return this.#variables.after ?? null;
  }

  /** Ends the stream. */
  close() {
    this.#over.abort(new LobbyError("CLOSED", "The game closed the stream."));
    this.#wake();
  }

  async *[Symbol.asyncIterator]() {
    try {
      for (;;) {
        while (this.#events.length > 0) {
          const event = this.#events.shift();
          yield event;
          if (LAST.has(event.__typename)) return;
        }
        if (this.#over.signal.aborted) {
          if (this.#over.signal.reason.code !== "CLOSED") throw this.#over.signal.reason;
          return;
        }
        await new Promise((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.close();
    }
  }

  async #run() {
    let failures = 0;
    let refusals = 0;
    while (!this.#over.signal.aborted) {
      let token = null;
      try {
        token = await this.#client.token();
        if (token === null && !this.#options.anonymous) throw new LobbyError("UNAUTHENTICATED", "Nobody is signed in.");
        await this.#connect(token, () => (failures = refusals = 0));
      } catch (error) {
        if (this.#over.signal.aborted) break;
        const isRefused = error.code === "UNAUTHENTICATED";
        if (CODES_PERMANENT.has(error.code) || (isRefused && (token === null || refusals > 0))) {
          this.#end(error);
          throw error;
        }
        if (isRefused) {
          refusals++;
          await this.#client.token(token).catch(() => null);
        }
        this.#client.options.log?.("warning", `${this.#document.name}: ${error.message} Reconnecting.`);
      }
      if (this.#isRemoved) break;
      this.#enter("reconnecting");
      const wait = this.#returnMs + pauseMs(failures++);
      this.#returnMs = 0;
      await sleep(wait, this.#over.signal).catch(() => {});
    }
    this.#enter("ended");
  }

  #end(error) {
    this.#over.abort(error);
    this.#wake();
    this.#enter("ended");
  }

  #enter(state) {
    if (this.state === state) return;
    this.state = state;
    this.#options.onState?.(state);
  }

  /** One connection, until it is lost. Throws a LobbyError with the reason. */
  #connect(token, onFrame) {
    const Socket = this.#client.options.WebSocket ?? globalThis.WebSocket;
    const socket = new Socket(this.#client.url.replace(/^http/, "ws"), "graphql-transport-ws");
    const say = (message) => socket.readyState === 1 && socket.send(JSON.stringify(message));
    return new Promise((resolve, reject) => {
      let lastFrameAt = Date.now();
      let isPinged = false;
      const watchdog = setInterval(() => {
        const silence = Date.now() - lastFrameAt;
        if (silence > SILENCE_MS) fail(new LobbyError("SILENT", "The server sent nothing for too long."));
        else if (silence > PING_MS && !isPinged) isPinged = say({ type: "ping" }) !== false;
      }, 1000);
      const stop = () => finish(resolve);
      this.#over.signal.addEventListener("abort", stop, { once: true });
      const finish = (settle, value) => {
        clearInterval(watchdog);
        this.#over.signal.removeEventListener("abort", stop);
        socket.onmessage = socket.onclose = socket.onopen = null;
        socket.onerror = () => {}; // node's sockets throw an error that nobody listens for
        socket.close(1000);
        settle(value);
      };
      const fail = (error) => finish(reject, error);
      socket.onopen = () => say({ type: "connection_init", payload: token ? { authorization: `Bearer ${token}` } : {} });
      socket.onerror = () => {};
      socket.onclose = ({ code, reason }) => {
        const kind = REFUSED_TOKEN.has(code) ? "UNAUTHENTICATED" : "CONNECTION_LOST";
        fail(new LobbyError(kind, `The connection was closed: ${code} ${reason}.`));
      };
      socket.onmessage = ({ data }) => {
        lastFrameAt = Date.now();
        isPinged = false;
        const message = JSON.parse(data);
        if (message.type === "ping") say({ type: "pong" });
        else if (message.type === "connection_ack") this.#subscribe(say);
        else if (message.type === "complete") fail(new LobbyError("COMPLETE", "The server ended the operation."));
        else if (message.type === "error") fail(errorOf(message.payload));
        else if (message.type === "next") {
          if (message.payload.errors) return fail(errorOf(message.payload.errors));
          onFrame();
          this.#enter("live");
          if (!this.#take(message.payload.data[this.#document.field])) {
            fail(new LobbyError("GAP", "An entry of the log is missing, resuming from the cursor."));
          } else if (this.#isRemoved) finish(resolve);
        }
      };
    });
  }

  #subscribe(say) {
    const { name, text } = this.#document;
    say({ type: "subscribe", id: "1", payload: { operationName: name, query: text, variables: this.#variables } });
  }

  /** Hands an event out, unless it was handed out before. False if entries before it are missing. */
  #take(event) {
    const kind = event.__typename;
    if (event.reconnectAfterMs != null) this.#returnMs = Math.min(event.reconnectAfterMs, RETURN_MS_MAX);
    const isDraining = event.reconnectAfterMs != null;
    if (HEARTBEATS.has(kind) && !isDraining && this.#seq !== null && event.seq > this.#seq) return false;
    if (!BESIDE_THE_LOG.has(kind) && event.seq !== undefined) {
      const isSnapshot = kind.endsWith("Snapshot");
      if (!isSnapshot && this.#seq !== null && event.seq <= this.#seq) return true;
      if (!isSnapshot && this.#seq !== null && event.seq > this.#seq + 1) return false;
      this.#seq = event.seq;
      this.#variables.after = event.cursor;
    }
    this.#events.push(event);
    if (LAST.has(kind)) {
      this.#isRemoved = true;
      this.#enter("ended");
    }
    this.#wake();
    return true;
  }
}

function errorOf(errors) {
  const { message, extensions = {} } = errors[0];
  const { code = "UNKNOWN", requestId = null, retryAfterMs = null } = extensions;
  return new LobbyError(code, message, { requestId, retryAfterMs });
}
