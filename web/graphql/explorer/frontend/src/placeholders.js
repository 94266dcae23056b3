// "{{name}}" in variables and headers stands for a remembered value, which replaces it when the operation is sent.
const WHOLE = /^{{(\w+)}}$/;
const ANYWHERE = /{{(\w+)}}/g;

/** How to get each value, for the error message. */
const SOURCES = {
  accessToken: "press “Play as a guest”",
  partyId: "run CreateParty, JoinByCode or MyParty",
  listedPartyId: "run Parties while a public party has a free seat",
  joinCode: "run CreateParty here or in another tab of this browser",
  settingsVersion: "run CreateParty, JoinByCode or MyParty",
  sessionId: "run StartSession",
  inviteId: "run Invites, or InvitePlayer",
  searchId: "run StartSearch",
  otherPlayerId: "let somebody join the party, then run MyParty",
  cursor: "run WatchParty or MyParty",
  refreshToken: "press “Play as a guest”",
};

export class MissingValue extends Error {
  constructor(name) {
    super(`There is no value for {{${name}}} yet: ${SOURCES[name] ?? "type one in its place"}.`);
  }
}

function uuid() {
  // crypto.randomUUID exists on https and localhost only; this page is also opened over plain HTTP in local networks.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function valueOf(name, values) {
  if (name === "uuid") return uuid();
  if (values[name] === undefined) throw new MissingValue(name);
  return values[name];
}

function fillText(text, values) {
  const whole = WHOLE.exec(text);
  return whole ? valueOf(whole[1], values) : text.replace(ANYWHERE, (_, name) => valueOf(name, values));
}

/** The JSON with each placeholder replaced. A value that is only a placeholder keeps its type. Throws MissingValue. */
export function fill(value, values) {
  if (typeof value === "string") return fillText(value, values);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => fill(item, values));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, values)]));
}

export const isPlaceholder = (text) => WHOLE.test(text);
export const hasPlaceholder = (text) => text.search(ANYWHERE) >= 0;
