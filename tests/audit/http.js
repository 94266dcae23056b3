// Runs every audit of graphql-http on the URL given, and prints those that are not passed, one a line, then their number.
import { serverAudits } from "graphql-http";

const audits = serverAudits({ url: process.argv[2] });
for (const audit of audits) {
  const { status, reason } = await audit.fn();
  if (status !== "ok") console.log(`${status} ${audit.id} ${audit.name}: ${reason}`);
}
console.log(`${audits.length} audits`);
