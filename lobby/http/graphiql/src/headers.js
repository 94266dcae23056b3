// The headers editor's content, made ready for sending.
import { keepFresh } from "./identity.js";
import { remembered } from "./memory.js";
import { fill } from "./placeholders.js";

const TOKEN = "{{accessToken}}";
/** What the headers editor of every tab starts with: it makes each request the guest's own, and a stranger's before. */
export const DEFAULT_HEADERS = JSON.stringify({ Authorization: `Bearer ${TOKEN}` }, null, 2);

/** Whether the page's own token goes along, rather than one typed by hand. */
export const usesOwnToken = (typed) =>
  Object.values(typed ?? {}).some((value) => String(value).includes(TOKEN)) && Boolean(remembered().accessToken);

/** The typed headers with placeholders filled; one that waits for a token is left out until there is one. */
export async function headersToSend(typed) {
  await keepFresh();
  const known = Object.entries(typed ?? {}).filter(
    ([, value]) => remembered().accessToken || !String(value).includes(TOKEN),
  );
  return fill(Object.fromEntries(known), remembered());
}
