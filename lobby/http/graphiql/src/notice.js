// Reads out of an answer what later operations need. It goes by the contract's field names.
const LISTS = new Set(["parties", "sessions", "lobbyEvents"]);
// A refused request shows another party as it stands; it is not the one that the next operation is about.
const PASSED_OVER = new Set(["current"]);

function ofParty(party, myId) {
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

const ofCredentials = ({ accessToken, refreshToken, expiresAt, player }) => ({
  accessToken,
  refreshToken,
  expiresAt,
  player,
});

const ofListed = (party) => (party?.freeSeats > 0 ? { listedPartyId: party.id } : {});

const READERS = {
  party: ofParty,
  myParty: ofParty,
  session: ({ id }) => ({ sessionId: id }),
  credentials: ofCredentials,
};

function inList(field, value) {
  if (field === "lobbyEvents") return ofListed(value.party);
  const first = value.nodes?.[0] ?? value.edges?.[0]?.node;
  return field === "parties" ? ofListed(first) : { sessionId: first?.id };
}

function within(key, value, myId) {
  if (value === null || typeof value !== "object" || PASSED_OVER.has(key)) return {};
  if (Array.isArray(value)) return Object.assign({}, ...value.map((item) => within(key, item, myId)));
  const deeper = Object.entries(value).map(([name, child]) => within(name, child, myId));
  return Object.assign({}, ...deeper, READERS[key]?.(value, myId));
}

const present = (news) => Object.fromEntries(Object.entries(news).filter(([, value]) => value != null));

/** The values to remember from an answer's `data`; `myId` is the player's own id, if known. */
export function noticed(data, myId) {
  const parts = Object.entries(data ?? {}).map(([field, value]) =>
    LISTS.has(field) && value ? inList(field, value) : within(field, value, myId),
  );
  return present(Object.assign({}, ...parts));
}
