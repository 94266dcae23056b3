// Who this browser tab is: a guest's credentials, kept in the memory, renewed before they run out.
import { post } from "./http.js";
import { remember, remembered } from "./memory.js";
import { noticed } from "./notice.js";

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

const NATURES = ["Bold", "Brave", "Clever", "Eager", "Gentle", "Lucky", "Merry", "Nimble", "Quiet", "Swift"];
const BEASTS = ["Badger", "Falcon", "Fox", "Griffin", "Heron", "Lynx", "Otter", "Raven", "Stag", "Wolf"];
const anyOf = (words) => words[Math.floor(Math.random() * words.length)];
const guestName = () => `${anyOf(NATURES)} ${anyOf(BEASTS)}`;

/** The server's no, which asking again would not change. */
class Refused extends Error {}

async function ask(field, query, variables) {
  const { data, errors } = await post({ query: query + GRANTED, variables });
  const result = data?.[field];
  if (!result) throw new Error(errors?.[0]?.message ?? "The server gave no answer.");
  if (!result.credentials) throw new Refused(result.message);
  remember(noticed(data));
}

const NOBODY = { accessToken: undefined, refreshToken: undefined, expiresAt: undefined, player: undefined };

export const signOut = () => remember(NOBODY);

export const signInAsGuest = () => ask("signInAsGuest", SIGN_IN, { input: { displayName: guestName() } });

let renewal;

async function refresh() {
  const { refreshToken } = remembered();
  try {
    await ask("refreshCredentials", REFRESH, { refreshToken });
  } catch (reason) {
    if (reason instanceof Refused) signOut(); // A server that is only out of reach may know the player when it is back.
  }
}

/** Swaps the credentials for fresh ones, once however many ask; when they are refused this tab is nobody again. */
export function renew() {
  renewal ??= refresh().finally(() => (renewal = undefined));
  return renewal;
}

/** Makes sure that a remembered token is not about to run out. */
export async function keepFresh() {
  const { accessToken, expiresAt } = remembered();
  if (accessToken && Date.parse(expiresAt) - Date.now() < RENEW_BEFORE_END_MS) await renew();
}
