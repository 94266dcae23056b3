// The client of the lobby server, for browsers and node. The operations are in operations.js, which is generated.
import { documents, Operations } from "./operations.js";
import { LobbyStream } from "./stream.js";

export { documents, LobbyStream };

const MARGIN_MS = 60_000; // a token is refreshed this long before it expires
const TRUSTED_MS = 30_000; // a younger token is always used: a clock that is wrong must not cause a refresh for each request
const ATTEMPTS_MAX = 8;
const TOTAL_MS = 45_000;
const ATTEMPT_MS = 10_000;
const LONGEST_WAIT_MS = 10_000;
const REFRESHES_MAX = 5;
const STATUS_OVERLOADED = new Set([408, 429]);
const CODES_PASSING = new Set(["RATE_LIMITED", "UNAVAILABLE"]);

/** A request failed. The rules of the lobby never throw: they answer with a Rejection. */
export class LobbyError extends Error {
  constructor(code, message, more = {}) {
    super(message);
    this.name = "LobbyError";
    this.code = code;
    Object.assign(this, { requestId: null, status: 0, retryAfterMs: null, idempotencyKey: null }, more);
  }
}

export function isRejection(outcome) {
  return outcome.__typename === "Rejection";
}

/** Random up to a bound that doubles, so that clients which failed together do not come back together. */
export function pauseMs(failures) {
  return Math.random() * Math.min(5000, 100 * 2 ** failures);
}

export function sleep(ms, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(done, ms);
    function done() {
      signal?.removeEventListener("abort", abort);
      resolve();
    }
    function abort() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}

export class LobbyClient extends Operations {
  #key;
  #refreshing = null;
  #refused = null;
  #sendsTexts = false;
  #memory = new Map();

  constructor(url, options = {}) {
    super();
    const address = new URL(url);
    if (!/^https?:$/.test(address.protocol) || address.search || address.hash) {
      throw new TypeError(`Not the http or https address of a lobby: ${url}`);
    }
    this.url = address.href.replace(/\/+$/, "").replace(/\/graphql$/, "") + "/graphql";
    this.options = options;
    this.#key = `adventurebot2-lobby ${this.url} ${options.profile ?? ""}`;
  }

  /** The guest who is signed in, in this or an earlier visit; null without one, and with `options.token`. */
  get player() {
    return this.#credentials?.player ?? null;
  }

  async signInAsGuest(input, options) {
    return this.#signIn(documents.SignInAsGuest, { input }, options);
  }

  async signInWith(input, options) {
    return this.#signIn(documents.SignInWith, { input }, options);
  }

  /** Forgets the guest on this device, for good. Streams end at their next connection. */
  signOut() {
    this.#credentials = null;
  }

  /** Sends an operation, and again when a response is lost. No mutation takes effect twice. */
  async call(document, variables, { signal } = {}) {
    return this.#send(document, withKey(document, variables), signal, true);
  }

  watch(document, variables, options = {}) {
    return new LobbyStream(this, document, variables, options);
  }

  /** The token for a request or a socket; null if nobody is signed in. `refused`: one that the server rejected. */
  async token(refused = null) {
    if (this.options.token) return this.options.token({ refused });
    if (refused !== null) this.#refused = refused;
    const credentials = this.#credentials;
    if (credentials === null) return null;
    if (this.#isGood(credentials)) return credentials.accessToken;
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  get #storage() {
    if (this.options.storage) return this.options.storage;
    const memory = this.#memory;
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => memory.set(key, value),
      removeItem: (key) => memory.delete(key),
    };
  }

  get #credentials() {
    try {
      return JSON.parse(this.#storage.getItem(this.#key));
    } catch {
      return null;
    }
  }

  set #credentials(granted) {
    if (granted === null) this.#storage.removeItem(this.#key);
    else this.#storage.setItem(this.#key, JSON.stringify({ ...granted, grantedAt: Date.now() }));
  }

  #isGood(credentials) {
    if (credentials.accessToken === this.#refused) return false;
    const age = Date.now() - credentials.grantedAt;
    return (age >= 0 && age < TRUSTED_MS) || Date.parse(credentials.expiresAt) - MARGIN_MS > Date.now();
  }

  async #signIn(document, variables, { signal } = {}) {
    const outcome = await this.#send(document, variables, signal, false);
    if (!isRejection(outcome)) this.#credentials = outcome.credentials;
    return outcome;
  }

  /**
   * A refresh token is valid once, and other tabs may share the storage. So one tab refreshes at a time where the platform has
   * locks, and the storage is read again before each refresh and after a refusal.
   */
  #refresh() {
    const locks = globalThis.navigator?.locks;
    const run = () => this.#refreshAlone();
    return locks ? locks.request(this.#key, run) : run();
  }

  async #refreshAlone() {
    let sent = null;
    for (let refreshes = 0; refreshes < REFRESHES_MAX; refreshes++) {
      const credentials = this.#credentials;
      if (credentials === null) return null;
      if (this.#isGood(credentials)) return credentials.accessToken;
      if (credentials.refreshToken === sent) break;
      sent = credentials.refreshToken;
      const outcome = await this.#send(documents.RefreshCredentials, { refreshToken: sent }, undefined, false);
      if (!isRejection(outcome)) {
        this.#credentials = outcome.credentials;
        return outcome.credentials.accessToken;
      }
      if (outcome.code !== "INVALID_CREDENTIALS") throw new LobbyError(outcome.code, outcome.message);
    }
    this.#credentials = null;
    this.options.onSignedOut?.();
    return null;
  }

  async #send(document, variables, signal, isSigned) {
    const end = Date.now() + TOTAL_MS;
    const idempotencyKey = variables.input?.idempotencyKey ?? null;
    let isRefreshed = false;
    for (let failures = 0; ; failures++) {
      const token = isSigned ? await this.token() : null;
      signal?.throwIfAborted();
      const attempt = await this.#attempt(document, variables, token, signal);
      if (attempt.code === "PERSISTED_QUERY_NOT_FOUND" && !this.#sendsTexts) {
        this.#sendsTexts = true;
        continue;
      }
      if (attempt.code === "UNAUTHENTICATED" && token !== null && !isRefreshed) {
        isRefreshed = true;
        await this.token(token);
        continue;
      }
      const wait = pauseMs(failures) + (attempt.retryAfterMs ?? 0);
      const isOften = attempt.retryAfterMs === null && failures + 1 >= ATTEMPTS_MAX;
      if (!attempt.isRetryable || isOften || wait > LONGEST_WAIT_MS || Date.now() + wait > end) {
        if (attempt.error === null) return attempt.value;
        throw Object.assign(attempt.error, { idempotencyKey });
      }
      this.options.log?.("info", `${document.name} is retried in ${Math.round(wait)} ms: ${attempt.code}`);
      await sleep(wait, signal);
    }
  }

  async #attempt(document, variables, token, signal) {
    const named = this.#sendsTexts ? { query: document.text } : { documentId: `sha256:${document.hash}` };
    const headers = { "content-type": "application/json" };
    if (token !== null) headers.authorization = `Bearer ${token}`;
    const body = JSON.stringify({ operationName: document.name, variables, ...named });
    const limit = AbortSignal.timeout(ATTEMPT_MS);
    try {
      const send = this.options.fetch ?? globalThis.fetch;
      const both = signal ? AbortSignal.any([signal, limit]) : limit;
      const response = await send(this.url, { method: "POST", headers, body, signal: both });
      return read(document, response, await response.text());
    } catch (error) {
      signal?.throwIfAborted();
      return failed(new LobbyError("NO_ANSWER", `No answer from ${this.url}: ${error.message}`, { cause: error }), true);
    }
  }
}

function withKey(document, variables) {
  if (!document.isIdempotent) return variables;
  const input = variables.input ?? {};
  return { ...variables, input: { ...input, idempotencyKey: input.idempotencyKey ?? crypto.randomUUID() } };
}

function failed(error, isRetryable) {
  return { value: null, error, code: error.code, isRetryable, retryAfterMs: error.retryAfterMs };
}

/** The outcome of one attempt: a value, or an error. */
function read(document, response, text) {
  const { status } = response;
  const isOverloaded = status >= 500 || STATUS_OVERLOADED.has(status);
  const seconds = Number(response.headers.get("retry-after"));
  const retryAfterMs = seconds > 0 ? seconds * 1000 : null;
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    const code = status === 200 ? "MALFORMED_ANSWER" : "HTTP_STATUS";
    return failed(new LobbyError(code, `The server answered ${status} without GraphQL.`, { status, retryAfterMs }), isOverloaded);
  }
  const problem = answer?.errors?.[0];
  if (problem) {
    const { code = "MALFORMED_ANSWER", requestId = null, retryAfterMs: asked = retryAfterMs } = problem.extensions ?? {};
    const error = new LobbyError(code, problem.message, { status, requestId, retryAfterMs: asked });
    return failed(error, isOverloaded || CODES_PASSING.has(code) || asked !== null);
  }
  const value = answer?.data?.[document.field];
  if (value === undefined) return failed(new LobbyError("MALFORMED_ANSWER", "The answer has no data.", { status }), isOverloaded);
  const isPassing = value?.__typename === "Rejection" && value.retryable && CODES_PASSING.has(value.code);
  return { value, error: null, code: value?.code ?? null, isRetryable: isPassing, retryAfterMs: value?.retryAfterMs ?? null };
}
