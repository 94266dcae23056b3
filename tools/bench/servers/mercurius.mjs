// mercurius with its JIT from the first execution and with prepared documents: the fastest setup by its documentation.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { matches, mutations, party, playerOf, port, trusted, typeDefs } from './world.mjs';

const player = ({ headers }) => ({ player: playerOf(headers.authorization) });
const topic = (partyId) => `party ${partyId}`;
const LIST = 'list';
const publisher = (pubsub) => (field, partyId, event) =>
  pubsub.publish({ topic: field === 'lobbyEvents' ? LIST : topic(partyId), payload: { [field]: event } });
const resolverOf = (mutate) => (_, { input }, { player, pubsub }) => mutate(input, player, publisher(pubsub));

const app = Fastify();
await app.register(mercurius, {
  schema: typeDefs,
  resolvers: {
    Query: { party: (_, { id }) => party(id) },
    Mutation: Object.fromEntries(Object.entries(mutations).map(([name, mutate]) => [name, resolverOf(mutate)])),
    Subscription: {
      partyEvents: { subscribe: (_, { partyId }, { pubsub }) => pubsub.subscribe(topic(partyId)) },
      lobbyEvents: {
        subscribe: mercurius.withFilter(
          (_, __, { pubsub }) => pubsub.subscribe(LIST),
          ({ lobbyEvents }, { filter }) => matches(lobbyEvents.party, filter),
        ),
      },
    },
  },
  context: player,
  subscription: true,
  persistedQueries: trusted,
  jit: 1,
});
await app.listen({ host: '127.0.0.1', port });
