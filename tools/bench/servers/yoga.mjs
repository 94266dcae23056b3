// GraphQL Yoga on Node's HTTP server, with graphql-ws on the same path.
import { createServer } from 'node:http';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga, filter, pipe } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { matches, mutations, party, playerOf, port, trusted, typeDefs } from './world.mjs';

const pubSub = createPubSub();
const publish = (field, partyId, event) =>
  field === 'lobbyEvents' ? pubSub.publish('list', event) : pubSub.publish('party', partyId, event);
const resolverOf = (mutate) => (_, { input }, { request }) =>
  mutate(input, playerOf(request.headers.get('authorization')), publish);
const yoga = createYoga({
  schema: createSchema({
    typeDefs,
    resolvers: {
      Query: { party: (_, { id }) => party(id) },
      Mutation: Object.fromEntries(Object.entries(mutations).map(([name, mutate]) => [name, resolverOf(mutate)])),
      Subscription: {
        partyEvents: {
          subscribe: (_, { partyId }) => pubSub.subscribe('party', partyId),
          resolve: (event) => event,
        },
        lobbyEvents: {
          subscribe: (_, { filter: wanted }) =>
            pipe(
              pubSub.subscribe('list'),
              filter(({ party: listed }) => matches(listed, wanted)),
            ),
          resolve: (event) => event,
        },
      },
    },
  }),
  plugins: [usePersistedOperations({ getPersistedOperation: (hash) => trusted[hash], allowArbitraryOperations: true })],
  graphiql: false,
  logging: 'error',
});

const server = createServer(yoga);
useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    onSubscribe: async (ctx, _id, params) => {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...ctx,
        req: ctx.extra.request,
        socket: ctx.extra.socket,
        params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length > 0 ? errors : args;
    },
  },
  new WebSocketServer({ server, path: yoga.graphqlEndpoint }),
);
server.listen(port, '127.0.0.1');
