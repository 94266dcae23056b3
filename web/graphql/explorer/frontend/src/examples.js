// The example operations: the server builds them from the client's own documents.
import { hasPlaceholder } from "./placeholders.js";

const HINT = "// {{…}} is filled in when it is sent; see below the answer.";

/** [{operation, group, note, opens, document, variables}], in the order in which they work. */
export async function loadExamples() {
  const response = await fetch("/graphiql/examples.json");
  return response.ok ? response.json() : [];
}

function variablesText(variables) {
  if (Object.keys(variables).length === 0) return "";
  const text = JSON.stringify(variables, null, 2);
  return hasPlaceholder(text) ? `${HINT}\n${text}` : text;
}

/** An editor tab's content. Headers are left to the page's default. */
export const tabOf = ({ document, variables }) => ({ query: document, variables: variablesText(variables) });
