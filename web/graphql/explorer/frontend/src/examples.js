// The example operations. The server makes them from the documents of the game client.
import { hasPlaceholder } from "./placeholders.js";

const HINT = "// {{…}} is replaced when the operation is sent. The values are below the answer.";

/** [{operation, group, note, opens, document, variables}], in the order in which they work. */
export async function loadExamples() {
  const response = await fetch("graphiql/examples.json");
  return response.ok ? response.json() : [];
}

function variablesText(variables) {
  if (Object.keys(variables).length === 0) return "";
  const text = JSON.stringify(variables, null, 2);
  return hasPlaceholder(text) ? `${HINT}\n${text}` : text;
}

/** The content of an editor tab. It has the default headers of the page. */
export const tabOf = ({ document, variables }) => ({ query: document, variables: variablesText(variables) });
