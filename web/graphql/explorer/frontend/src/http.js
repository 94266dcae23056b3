// One operation over HTTP, sent as it is.
const URL_ = new URL("/graphql", location.href);
// As application/json every well-formed request answers 200: the answer's own errors say what is wrong, not the console.
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
