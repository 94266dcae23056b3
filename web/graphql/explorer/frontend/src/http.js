// Sends one operation over HTTP.
const URL_ = new URL("graphql", location.href);
// With application/json every well-formed request gets a 200: the reason of an error is in the answer, not in the console.
const CONTENT = { accept: "application/json", "content-type": "application/json" };

export async function post(request, headers = {}) {
  const response = await fetch(URL_, {
    method: "POST",
    headers: { ...CONTENT, ...headers },
    body: JSON.stringify(request),
  });
  return response.json().catch(() => {
    throw new Error(`The server answered ${response.status} without JSON.`);
  });
}
