// Reads the values that later operations need from an answer, by the field names of the schema.
const LISTS = new Set(["parties", "sessions", "lobbyEvents", "invites"]);
// A Rejection shows the party as it is now. The next operation need not be about that party.
const IGNORED_FIELDS = new Set(["current"]);

function readParty(party, myId) {
  const others = (party.members ?? []).filter((member) => member.player?.id !== myId);
  const isMine = myId !== undefined && others.length < (party.members?.length ?? 0);
  return {
    partyId: party.id,
    cursor: party.cursor,
    joinCode: party.joinCode,
    settingsVersion: party.settings?.version,
    otherPlayerId: others[0]?.player?.id,
    ...(isMine && { ownPartyId: party.id }),
  };
}

const readCredentials = ({ accessToken, refreshToken, expiresAt, player }) => ({
  accessToken,
  refreshToken,
  expiresAt,
  player,
});

const readListedParty = (party) => (party?.freeSeats > 0 ? { listedPartyId: party.id } : {});

const readInvite = ({ id }) => ({ inviteId: id });

const READERS = {
  invite: readInvite,
  invites: readInvite,
  party: readParty,
  myParty: readParty,
  session: ({ id }) => ({ sessionId: id }),
  search: ({ id }) => ({ searchId: id }),
  credentials: readCredentials,
};

function readList(field, value) {
  if (field === "lobbyEvents") return readListedParty(value.party);
  if (field === "invites") return { inviteId: value[0]?.id };
  const first = value.nodes?.[0] ?? value.edges?.[0]?.node;
  return field === "parties" ? readListedParty(first) : { sessionId: first?.id };
}

function readObject(key, value, myId) {
  if (value === null || typeof value !== "object" || IGNORED_FIELDS.has(key)) return {};
  if (Array.isArray(value)) return Object.assign({}, ...value.map((item) => readObject(key, item, myId)));
  const deeper = Object.entries(value).map(([name, child]) => readObject(name, child, myId));
  return Object.assign({}, ...deeper, READERS[key]?.(value, myId));
}

const withoutNulls = (changes) => Object.fromEntries(Object.entries(changes).filter(([, value]) => value != null));

/** The values to remember from the `data` of an answer. `myId` is the id of the player, if it is known. */
export function readValues(data, myId) {
  const parts = Object.entries(data ?? {}).map(([field, value]) =>
    LISTS.has(field) && value ? readList(field, value) : readObject(field, value, myId),
  );
  return withoutNulls(Object.assign({}, ...parts));
}
