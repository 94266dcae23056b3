import { useState } from "preact/hooks";
import { run } from "./api.js";
import { Problem } from "./parts.jsx";
import { signIn } from "./session.js";

/** Asks for a key, and checks it with the server before the tab keeps it. */
export function SignIn() {
  const [problem, setProblem] = useState(null);
  const [isBusy, setBusy] = useState(false);

  async function submit(event) {
    event.preventDefault();
    const key = new FormData(event.target).get("key").trim();
    setBusy(true);
    try {
      await run("operatorKey", {}, key);
      signIn(key);
    } catch (reason) {
      setProblem(reason.code === "UNAUTHENTICATED" ? "This is no operator key or moderator key of this server." : reason.message);
      setBusy(false);
    }
  }

  return (
    <main class="sign-in">
      <h1>Lobby console</h1>
      <form onSubmit={submit} class="card">
        <label for="key">Operator key or moderator key</label>
        <input id="key" name="key" type="password" autocomplete="off" spellcheck={false} required autofocus />
        <p class="quiet">This tab keeps the key until it is closed. It is sent to this server alone.</p>
        <Problem text={problem} />
        <button type="submit" class="primary" disabled={isBusy}>
          Sign in
        </button>
      </form>
    </main>
  );
}
