// A Colyseus room that broadcasts every change to all its members, encoded once.
import { createServer as createHttpServer } from 'node:http';
import { matchMaker, Room, Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import express from 'express';
import { mutations, playerOf, port } from './world.mjs';

const PARTY_MAX = 100_000; // followers; a room's own default is fewer
const rooms = new Map();

class PartyRoom extends Room {
  maxClients = PARTY_MAX;

  onCreate({ partyId }) {
    this.partyId = partyId;
    rooms.set(partyId, this);
  }

  onDispose() {
    rooms.delete(this.partyId);
  }
}

const app = express();
app.use(express.json());
app.post('/graphql', ({ body, headers }, response) => {
  const publish = (field, partyId, event) => rooms.get(partyId)?.broadcast(field, event);
  const mutation = body.query.includes('postMessage(') ? 'postMessage' : 'setReady';
  const answer = mutations[mutation](body.variables.input, playerOf(headers.authorization), publish);
  response.json({ data: { [mutation]: answer } });
});
app.post('/seat', async ({ body: { partyId } }, response) => {
  response.json(await matchMaker.joinOrCreate('party', { partyId }));
});

const server = new Server({ transport: new WebSocketTransport({ server: createHttpServer(app) }), greet: false });
server.define('party', PartyRoom).filterBy(['partyId']);
await server.listen(port, '127.0.0.1');
