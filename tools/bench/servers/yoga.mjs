// GraphQL Yoga on Node's own server, with graphql-ws on the same path.
import { createServer } from 'node:http';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { party, playerOf, port, setReady, trusted, typeDefs } from './world.mjs';

const pubSub = createPubSub();
const yoga = createYoga({
  schema: createSchema({
    typeDefs,
    resolvers: {
      Query: { party: (_, { id }) => party(id) },
      Mutation: {
        setReady: (_, { input }, { request }) =>
          setReady(input, playerOf(request.headers.get('authorization')), (event, partyId) =>
            pubSub.publish('party', partyId, event),
          ),
      },
      Subscription: {
        partyEvents: {
          subscribe: (_, { partyId }) => pubSub.subscribe('party', partyId),
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
