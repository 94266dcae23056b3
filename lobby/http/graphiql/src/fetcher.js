// How GraphiQL sends: placeholders are filled on the way out, and answers noticed on the way in.
import { getOperationAST, parse } from "graphql";
import { follow } from "./follow.js";
import { headersToSend, usesOwnToken } from "./headers.js";
import { post } from "./http.js";
import { renew } from "./identity.js";
import { remember, remembered } from "./memory.js";
import { noticed } from "./notice.js";
import { fill } from "./placeholders.js";

const UNAUTHENTICATED = "UNAUTHENTICATED";

export const takeNote = (answer) => remember(noticed(answer.data, remembered().player?.id));

function isSubscription({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false; // The server says better what is wrong with it.
  }
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
export function fetcher({ query, operationName, variables }, { headers } = {}) {
  try {
    const request = { query, operationName: operationName ?? undefined, variables: fill(variables, remembered()) };
    return isSubscription(request) ? stream(request, headers) : once(request, headers);
  } catch (missing) {
    return Promise.resolve({ errors: [{ message: missing.message }] });
  }
}
