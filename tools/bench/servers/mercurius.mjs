// mercurius with its JIT on from the first execution, and documents prepared beforehand: by its documents the fastest way.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { party, playerOf, port, setReady, trusted, typeDefs } from './world.mjs';

const player = ({ headers }) => ({ player: playerOf(headers.authorization) });
const topic = (partyId) => `party ${partyId}`;

const app = Fastify();
await app.register(mercurius, {
  schema: typeDefs,
  resolvers: {
    Query: { party: (_, { id }) => party(id) },
    Mutation: {
      setReady: (_, { input }, { player, pubsub }) =>
        setReady(input, player, (event, partyId) =>
          pubsub.publish({ topic: topic(partyId), payload: { partyEvents: event } }),
        ),
    },
    Subscription: {
      partyEvents: { subscribe: (_, { partyId }, { pubsub }) => pubsub.subscribe(topic(partyId)) },
    },
  },
  context: player,
  subscription: true,
  persistedQueries: trusted,
  jit: 1,
});
await app.listen({ host: '127.0.0.1', port });
