import { Operations } from "./operations.js";
import type {
  CredentialsGranted,
  LobbyDocument,
  Player,
  Rejection,
  SignInAsGuestInput,
  SignInWithInput,
} from "./operations.js";

export * from "./operations.js";

/** The result of an operation, or the reason why the rules of the lobby rejected it. `isRejection` tells them apart. */
export type Outcome<Name extends string, Value> = (Value & { readonly __typename: Name }) | Rejected;

export type Rejected = Rejection & { readonly __typename: "Rejection" };

export function isRejection(outcome: { readonly __typename: string }): outcome is Rejected;

/** A request failed: it was invalid, or the server or the network failed for longer than the client retries. */
export class LobbyError extends Error {
  constructor(code: string, message: string, more?: Partial<Pick<LobbyError, "requestId" | "status" | "retryAfterMs" | "idempotencyKey">>);
  /** A code of the server, or NO_ANSWER, MALFORMED_ANSWER, HTTP_STATUS, CLOSED. */
  readonly code: string;
  /** The id of the request in the server's log. */
  readonly requestId: string | null;
  /** The HTTP status; 0 without a response. */
  readonly status: number;
  readonly retryAfterMs: number | null;
  /** Of a mutation that may have taken effect. Send the same input with it to find out. */
  readonly idempotencyKey: string | null;
}

export interface CallOptions {
  /** Cancels the call. A mutation may still have taken effect. */
  signal?: AbortSignal;
}

export interface StreamOptions {
  /** Closes the stream. */
  signal?: AbortSignal;
  /** Whether it also runs while nobody is signed in, as the public list may. */
  anonymous?: boolean;
  onState?: (state: StreamState) => void;
}

/** live: the server has answered. reconnecting: what is missed comes later. */
export type StreamState = "connecting" | "live" | "reconnecting" | "ended";

/** The events of a subscription, each once and in order: `for await (const event of lobby.watchParty({ partyId }))`. */
export class LobbyStream<Event> implements AsyncIterable<Event> {
  readonly state: StreamState;
  /** The cursor of the last event that has arrived, with which a later stream resumes. */
  readonly cursor: string | null;
  /** Rejects with the LobbyError that ended the stream, as the loop does. */
  readonly ended: Promise<void>;
  close(): void;
  [Symbol.asyncIterator](): AsyncIterator<Event>;
}

/** Where the credentials of a guest are stored, such as `localStorage`. */
export interface LobbyStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface LobbyOptions {
  /** Default: memory, until the page is left. With `localStorage` a guest stays the same. */
  storage?: LobbyStorage;
  /** Separates several guests in one storage. */
  profile?: string;
  /** The game's own sign-in, in place of guests. `refused`: a token that the server has rejected; get another. */
  token?: (request: { refused: string | null }) => Promise<string | null> | string | null;
  /** The server rejected the guest's credentials: sign in again, as a new player. */
  onSignedOut?: () => void;
  log?: (level: "info" | "warning", message: string) => void;
  fetch?: typeof fetch;
  /** For node before 22, which has none: that of the package ws. */
  WebSocket?: unknown;
}

/** The client of one player. Each operation of operations.d.ts is a method, and retries when a response is lost. */
export class LobbyClient extends Operations {
  /** `url`: such as https://lobby.example.com. Throws a TypeError for another one. */
  constructor(url: string, options?: LobbyOptions);
  readonly url: string;
  readonly player: Player | null;
  signInAsGuest(input: SignInAsGuestInput, options?: CallOptions): Promise<Outcome<"CredentialsGranted", CredentialsGranted>>;
  signInWith(input: SignInWithInput, options?: CallOptions): Promise<Outcome<"CredentialsGranted", CredentialsGranted>>;
  signOut(): void;
  /** A token for requests of your own; null if nobody is signed in. */
  token(refused?: string | null): Promise<string | null>;
  call(document: LobbyDocument, variables: object, options?: CallOptions): Promise<unknown>;
  watch(document: LobbyDocument, variables: object, options?: StreamOptions): LobbyStream<unknown>;
}
