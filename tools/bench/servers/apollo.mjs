// Apollo Server on Express, with graphql-ws on the same path and graphql-subscriptions' PubSub.
import { createServer } from 'node:http';
import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import { makeExecutableSchema } from '@graphql-tools/schema';
import express from 'express';
import { PubSub } from 'graphql-subscriptions';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { mutations, party, playerOf, port, typeDefs } from './world.mjs';

const pubSub = new PubSub();
const topic = (partyId) => `party ${partyId}`;
const schema = makeExecutableSchema({
  typeDefs,
  resolvers: {
    Query: { party: (_, { id }) => party(id) },
    Mutation: {
      setReady: (_, { input }, { player }) =>
        mutations.setReady(input, player, (field, partyId, event) => pubSub.publish(topic(partyId), { [field]: event })),
    },
    Subscription: {
      partyEvents: { subscribe: (_, { partyId }) => pubSub.asyncIterableIterator(topic(partyId)) },
    },
  },
  resolverValidationOptions: { requireResolversForResolveType: 'ignore' },
});

const app = express();
const httpServer = createServer(app);
useServer({ schema }, new WebSocketServer({ server: httpServer, path: '/graphql' }));
const apollo = new ApolloServer({ schema });
await apollo.start();
app.use(
  '/graphql',
  express.json(),
  expressMiddleware(apollo, { context: async ({ req }) => ({ player: playerOf(req.headers.authorization) }) }),
);
httpServer.listen(port, '127.0.0.1');
