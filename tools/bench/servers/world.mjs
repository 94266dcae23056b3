// The lobby in memory, as a typical Node server holds it: objects with the names of the schema, so that resolvers have no
// work, and only with the fields that the documents select.
import { readFileSync } from 'node:fs';
import { log, verify } from './durable.mjs';

const readJson = (name) => JSON.parse(readFileSync(process.env[name], 'utf8'));

export const port = Number(process.env.BENCH_PORT);
export const typeDefs = readFileSync(process.env.BENCH_SCHEMA, 'utf8');
/** The documents that the server knows beforehand: SHA-256 to text. */
export const trusted = readJson('BENCH_TRUSTED');

const generated = readJson('BENCH_WORLD').parties;
const epochs = new Map(generated.map((party) => [party.id, party.epoch]));
const parties = new Map(generated.map((party) => [party.id, asParty(party)]));

export const party = (id) => parties.get(id) ?? null;

/** The id of the player who sends the request: without a check, or with one where the rival checks tokens. */
export function playerOf(authorization) {
  const token = (authorization ?? '').slice('Bearer '.length);
  return log ? verify(token) : token;
}

/** The mutations, each as (input, id of the player, publish). `publish` gets a field of Subscription, the party's id and the event. */
export const mutations = {
  setReady: ({ ready, settingsVersion }, found, member) => {
    if (settingsVersion !== found.settings.version) return rejection('SETTINGS_CHANGED');
    if (member.ready === ready) return null;
    member.ready = ready;
    return { __typename: 'MemberUpdated', member };
  },
  postMessage: ({ text }, found, member) => ({ __typename: 'MessagePosted', author: member.player, text }),
  updateParty: ({ attributes }, found, member) => {
    if (!member.isLeader) return rejection('NOT_LEADER');
    const kept = found.attributes.filter((old) => !attributes.some(({ key }) => key === old.key));
    found.attributes = [...kept, ...attributes];
    return { __typename: 'SettingsChanged', changed: ['attributes'] };
  },
};
for (const [name, change] of Object.entries(mutations)) {
  mutations[name] = (input, playerId, publish) => mutate(change, input, playerId, publish);
}

function mutate(change, input, playerId, publish) {
  const { partyId, idempotencyKey } = input;
  const found = party(partyId);
  const member = found?.members.find((seat) => seat.player.id === playerId);
  if (!member) return rejection('NOT_MEMBER');
  const replayed = log?.find(playerId, idempotencyKey);
  if (replayed) return changed(found, replayed, true);
  const event = change(input, found, member);
  if (event?.code) return event;
  if (event) {
    found.version += 1;
    found.cursor = cursor(partyId, found.version);
    const at = new Date().toISOString();
    const entry = { ...event, seq: found.version, cursor: found.cursor, at, partyId, actorId: playerId };
    log?.commit(playerId, idempotencyKey, partyId, found.version, entry);
    publish('partyEvents', partyId, { ...entry, party: found });
    if (event.__typename === 'SettingsChanged') {
      publish('lobbyEvents', partyId, { change: 'UPDATED', at, partyId, party: found });
    }
  }
  return changed(found, found.version, false);
}

function changed(found, seq, replayed) {
  return { __typename: 'PartyChanged', party: found, seq, replayed, ticket: null };
}

/** True if a party of the public list matches a PartyFilter, or there is none. */
export function matches({ settings, state, freeSeats, attributes }, wanted) {
  if (!wanted) return true;
  return (
    (wanted.gameType == null || settings.gameType === wanted.gameType) &&
    (wanted.difficulty == null || settings.difficulty === wanted.difficulty) &&
    (wanted.state == null || state === wanted.state) &&
    (wanted.hasPassword == null || settings.hasPassword === wanted.hasPassword) &&
    (wanted.minFreeSeats == null || freeSeats >= wanted.minFreeSeats) &&
    (wanted.allowLateJoin == null || settings.allowLateJoin === wanted.allowLateJoin) &&
    (wanted.nameContains == null || settings.name.toLowerCase().includes(wanted.nameContains.toLowerCase())) &&
    (wanted.attributes ?? []).every(({ key, value }) => attributes.some((has) => has.key === key && has.value === value))
  );
}

function rejection(code) {
  return { __typename: 'Rejection', code, message: code, retryable: false };
}

function asParty(data) {
  const version = data.members.length; // one entry for the creation, one for each join
  const members = data.members.map(asMember);
  return {
    id: data.id,
    version,
    cursor: cursor(data.id, version),
    state: 'WAITING',
    settings: asSettings(data),
    members,
    leader: members[0],
    memberCount: members.length,
    freeSeats: data.max_members - data.members.length,
    joinCode: data.join_code,
    attributes: data.attributes,
    session: null,
    startsAt: null,
    createdAt: new Date().toISOString(),
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
