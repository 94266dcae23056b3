// The headers to send, from the content of the headers editor.
import { renewIfExpiring } from "./identity.js";
import { currentValues } from "./memory.js";
import { fill } from "./placeholders.js";

const TOKEN = "{{accessToken}}";
/** The first content of the headers editor of every tab: requests are anonymous before the sign-in, and the guest's after it. */
export const DEFAULT_HEADERS = JSON.stringify({ Authorization: `Bearer ${TOKEN}` }, null, 2);

/** True if the headers have the token of the page, and not one that was typed. */
export const usesOwnToken = (editorHeaders) =>
  Object.values(editorHeaders ?? {}).some((value) => String(value).includes(TOKEN)) && Boolean(currentValues().accessToken);

/** The headers of the editor with their placeholders replaced. A header that needs a token is left out while there is none. */
export async function headersToSend(editorHeaders) {
  await renewIfExpiring();
  const known = Object.entries(editorHeaders ?? {}).filter(
    ([, value]) => currentValues().accessToken || !String(value).includes(TOKEN),
  );
  return fill(Object.fromEntries(known), currentValues());
}
