// The lobby in plain memory, as a Node server of this kind would hold it: values with the names of the schema, so that
// no resolver has anything to work out, and nothing in them that the documents don't ask for.
import { readFileSync } from 'node:fs';

const told = (name) => JSON.parse(readFileSync(process.env[name], 'utf8'));

export const port = Number(process.env.BENCH_PORT);
export const typeDefs = readFileSync(process.env.BENCH_SCHEMA, 'utf8');
/** SHA-256 to text of the documents that the server knows beforehand. */
export const trusted = told('BENCH_TRUSTED');

const inTheFile = told('BENCH_WORLD').parties;
const epochs = new Map(inTheFile.map((party) => [party.id, party.epoch]));
const parties = new Map(inTheFile.map((party) => [party.id, asParty(party)]));

export const party = (id) => parties.get(id) ?? null;

/** Who sends the request: nothing is checked, a player's id is taken at its word. */
export const playerOf = (authorization) => (authorization ?? '').slice('Bearer '.length);

/** Does what setReady asks for; `publish` gets the event and the id of its party. */
export function setReady({ partyId, ready, settingsVersion }, playerId, publish) {
  const found = party(partyId);
  const member = found?.members.find((seat) => seat.player.id === playerId);
  if (!member) return rejection('NOT_MEMBER');
  if (settingsVersion !== found.settings.version) return rejection('SETTINGS_CHANGED');
  if (member.ready !== ready) {
    member.ready = ready;
    found.version += 1;
    found.cursor = cursor(partyId, found.version);
    publish(memberUpdated(found, member), partyId);
  }
  return { __typename: 'PartyChanged', party: found, seq: found.version, replayed: false, ticket: null };
}

function memberUpdated(found, member) {
  const { version: seq, cursor, id: partyId } = found;
  const at = new Date().toISOString();
  return { __typename: 'MemberUpdated', seq, cursor, at, partyId, actorId: member.player.id, party: found, member };
}

function rejection(code) {
  return { __typename: 'Rejection', code, message: code, retryable: false };
}

function asParty(told) {
  const version = told.members.length; // one entry for the creation, one for each who joined
  return {
    id: told.id,
    version,
    cursor: cursor(told.id, version),
    state: 'WAITING',
    settings: asSettings(told),
    members: told.members.map(asMember),
    memberCount: told.members.length,
    freeSeats: told.max_members - told.members.length,
    joinCode: told.join_code,
    attributes: told.attributes,
    session: null,
    startsAt: null,
  };
}

function asSettings({ name, game_type: gameType, difficulty, max_members: maxMembers }) {
  return {
    name,
    gameType,
    difficulty,
    maxMembers,
    visibility: 'PUBLIC',
    hasPassword: false,
    locked: false,
    allowLateJoin: true,
    allowForceStart: true,
    uniqueClasses: false,
    countdownSeconds: 5,
    version: 1,
  };
}

function asMember({ id, name, character_class: characterClass }, seat) {
  return {
    player: { id, displayName: name },
    isLeader: seat === 0,
    characterClass,
    ready: false,
    connection: 'CONNECTED',
    removeAt: null,
    lateJoin: false,
    attributes: [],
  };
}

function cursor(partyId, version) {
  return `${epochs.get(partyId)}.${version}`;
}
