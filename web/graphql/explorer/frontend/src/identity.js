// The guest of this browser tab: its credentials are kept in the memory and renewed before they expire.
import { post } from "./http.js";
import { remember, currentValues } from "./memory.js";
import { readValues } from "./answer-values.js";

const RENEW_BEFORE_END_MS = 30_000;
const SIGN_IN = `mutation SignInAsGuest($input: SignInAsGuestInput!) {
  signInAsGuest(input: $input) { ...Granted }
}`;
const REFRESH = `mutation RefreshCredentials($refreshToken: String!) {
  refreshCredentials(refreshToken: $refreshToken) { ...Granted }
}`;
const GRANTED = `
fragment Granted on SignInResult {
  ... on CredentialsGranted { credentials { accessToken expiresAt refreshToken player { id displayName } } }
  ... on Rejection { code message }
}`;

const ADJECTIVES = ["Bold", "Brave", "Clever", "Eager", "Gentle", "Lucky", "Merry", "Nimble", "Quiet", "Swift"];
const ANIMALS = ["Badger", "Falcon", "Fox", "Griffin", "Heron", "Lynx", "Otter", "Raven", "Stag", "Wolf"];
const randomItem = (words) => words[Math.floor(Math.random() * words.length)];
const guestName = () => `${randomItem(ADJECTIVES)} ${randomItem(ANIMALS)}`;

/** The server rejected the request; to repeat it would not help. */
class Rejected extends Error {}

async function ask(field, query, variables) {
  const { data, errors } = await post({ query: query + GRANTED, variables });
  const result = data?.[field];
  if (!result) throw new Error(errors?.[0]?.message ?? "The server sent no answer.");
  if (!result.credentials) throw new Rejected(result.message);
  remember(readValues(data));
}

const NO_CREDENTIALS = { accessToken: undefined, refreshToken: undefined, expiresAt: undefined, player: undefined };

export const signOut = () => remember(NO_CREDENTIALS);

export const signInAsGuest = () => ask("signInAsGuest", SIGN_IN, { input: { displayName: guestName() } });

let renewal;

async function refresh() {
  const { refreshToken } = currentValues();
  try {
    await ask("refreshCredentials", REFRESH, { refreshToken });
  } catch (reason) {
    if (reason instanceof Rejected) signOut(); // If the server can't be reached, the credentials may still be valid.
  }
}

/** Replaces the credentials by new ones. Calls at the same time share one request. Rejected credentials sign this tab out. */
export function renewCredentials() {
  renewal ??= refresh().finally(() => (renewal = undefined));
  return renewal;
}

/** Renews the token if it is about to expire. */
export async function renewIfExpiring() {
  const { accessToken, expiresAt } = currentValues();
  if (accessToken && Date.parse(expiresAt) - Date.now() < RENEW_BEFORE_END_MS) await renewCredentials();
}
