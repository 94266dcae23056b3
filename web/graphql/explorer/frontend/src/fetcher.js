// How GraphiQL sends: placeholders are filled on the way out, and answers noticed on the way in.
import { Kind, parse } from "graphql";
import { follow } from "./follow.js";
import { headersToSend, usesOwnToken } from "./headers.js";
import { post } from "./http.js";
import { renew } from "./identity.js";
import { remember, remembered } from "./memory.js";
import { noticed } from "./notice.js";
import { fill } from "./placeholders.js";

const UNAUTHENTICATED = "UNAUTHENTICATED";

export const takeNote = (answer) => remember(noticed(answer.data, remembered().player?.id));

const parsed = (query) => {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  } catch {
    return []; // The server says better what is wrong with it.
  }
};

/** The operation to run. GraphiQL 5.4 tells its name a moment late, so right after a change of tabs it is another tab's. */
function operationOf({ query, operationName }) {
  const operations = parsed(query);
  return operations.find(({ name }) => name?.value === operationName) ?? (operations.length === 1 ? operations[0] : undefined);
}

const isRefused = ({ errors }) => (errors ?? []).some(({ extensions }) => extensions?.code === UNAUTHENTICATED);

async function once(request, typed) {
  let answer = await post(request, await headersToSend(typed));
  if (isRefused(answer) && usesOwnToken(typed)) {
    await renew();
    answer = await post(request, await headersToSend(typed));
  }
  takeNote(answer);
  return answer;
}

const stream = (request, typed) => ({
  subscribe(sink) {
    const next = (answer) => {
      takeNote(answer);
      sink.next(answer);
    };
    const error = (reason) => sink.error(reason);
    return { unsubscribe: follow(request, typed, { next, error, complete: () => sink.complete() }) };
  },
});

/** GraphiQL's fetcher: a promise for queries and mutations, an observable for subscriptions. */
export function fetcher(params, { headers } = {}) {
  try {
    const operation = operationOf(params);
    const operationName = operation ? operation.name?.value : (params.operationName ?? undefined);
    const request = { query: params.query, operationName, variables: fill(params.variables, remembered()) };
    return operation?.operation === "subscription" ? stream(request, headers) : once(request, headers);
  } catch (missing) {
    return Promise.resolve({ errors: [{ message: missing.message }] });
  }
}
