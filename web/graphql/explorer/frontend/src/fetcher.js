// GraphiQL's fetcher: it replaces placeholders in what it sends, and remembers values from the answers.
import { Kind, parse } from "graphql";
import { follow } from "./follow.js";
import { headersToSend, usesOwnToken } from "./headers.js";
import { post } from "./http.js";
import { renewCredentials } from "./identity.js";
import { remember, currentValues } from "./memory.js";
import { readValues } from "./answer-values.js";
import { fill } from "./placeholders.js";

const UNAUTHENTICATED = "UNAUTHENTICATED";

export const rememberValuesOf = (answer) => remember(readValues(answer.data, currentValues().player?.id));

const parseOperations = (query) => {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  } catch {
    return []; // The error message of the server is better.
  }
};

/** The operation to run. GraphiQL 5.4 updates the name late: right after a change of tabs it is that of the other tab. */
function operationOf({ query, operationName }) {
  const operations = parseOperations(query);
  return operations.find(({ name }) => name?.value === operationName) ?? (operations.length === 1 ? operations[0] : undefined);
}

const isUnauthenticated = ({ errors }) => (errors ?? []).some(({ extensions }) => extensions?.code === UNAUTHENTICATED);

async function runOnce(request, editorHeaders) {
  let answer = await post(request, await headersToSend(editorHeaders));
  if (isUnauthenticated(answer) && usesOwnToken(editorHeaders)) {
    await renewCredentials();
    answer = await post(request, await headersToSend(editorHeaders));
  }
  rememberValuesOf(answer);
  return answer;
}

const stream = (request, editorHeaders) => ({
  subscribe(sink) {
    const next = (answer) => {
      rememberValuesOf(answer);
      sink.next(answer);
    };
    const error = (reason) => sink.error(reason);
    return { unsubscribe: follow(request, editorHeaders, { next, error, complete: () => sink.complete() }) };
  },
});

/** Returns a promise for queries and mutations, an observable for subscriptions. */
export function fetcher(params, { headers } = {}) {
  try {
    const operation = operationOf(params);
    const operationName = operation ? operation.name?.value : (params.operationName ?? undefined);
    const request = { query: params.query, operationName, variables: fill(params.variables, currentValues()) };
    return operation?.operation === "subscription" ? stream(request, headers) : runOnce(request, headers);
  } catch (missing) {
    return Promise.resolve({ errors: [{ message: missing.message }] });
  }
}
