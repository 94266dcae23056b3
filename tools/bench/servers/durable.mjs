// What a rival does in production besides its own work: it checks the token of each request, and makes each change and its
// idempotency key durable before it answers. Only with BENCH_DATABASE and BENCH_SECRET.
//
// node:sqlite stands for better-sqlite3, whose binary no package registry has. Both are synchronous bindings of the same library.
import { createHmac, timingSafeEqual } from 'node:crypto';

const { BENCH_DATABASE: path, BENCH_SECRET: secret } = process.env;
const checked = new Map();

/** The id of the player whose token it is, or null. A token that was good once is known from then on. */
export function verify(token) {
  const known = checked.get(token);
  if (known) return known;
  const [id, signature = ''] = token.split('.');
  const expected = createHmac('sha256', secret).update(id).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  checked.set(token, id);
  return id;
}

/** The log and the records of idempotency keys; undefined without BENCH_DATABASE. */
export const log = path && (await openLog());

async function openLog() {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE entry (party_id TEXT, seq INTEGER, entry TEXT, PRIMARY KEY (party_id, seq)) WITHOUT ROWID;
    CREATE TABLE record (player_id TEXT, key TEXT, seq INTEGER, PRIMARY KEY (player_id, key)) WITHOUT ROWID;
  `);
  const find = database.prepare('SELECT seq FROM record WHERE player_id = ? AND key = ?');
  const addEntry = database.prepare('INSERT INTO entry VALUES (?, ?, ?)');
  const addRecord = database.prepare('INSERT INTO record VALUES (?, ?, ?)');
  return {
    /** The seq of the change that this key made, if it made one. */
    find: (playerId, key) => find.get(playerId, key)?.seq,
    /** Returns once the change is on the disk. */
    commit(playerId, key, partyId, seq, entry) {
      database.exec('BEGIN IMMEDIATE');
      addEntry.run(partyId, seq, JSON.stringify(entry));
      if (key) addRecord.run(playerId, key, seq);
      database.exec('COMMIT');
    },
  };
}
