// The top of the page: the current player, and the button that signs a visitor in as a guest.
import { Button, useGraphiQL } from "@graphiql/react";
import { useState } from "react";
import { usesOwnToken } from "./headers.js";
import { signInAsGuest } from "./identity.js";
import { useRememberedValues } from "./memory.js";

/** Runs the work of a button, and keeps the error of the last run. */
function useAttempt(work) {
  const [problem, setProblem] = useState();
  const [isBusy, setBusy] = useState(false);
  const attempt = async () => {
    setBusy(true);
    setProblem(await work().then(() => undefined, ({ message }) => message));
    setBusy(false);
  };
  return { attempt, problem, isBusy };
}

function headersOf({ tabs, activeTabIndex, defaultHeaders }) {
  try {
    return JSON.parse(tabs[activeTabIndex]?.headers || defaultHeaders);
  } catch {
    return {};
  }
}

/** True if the headers of the open tab have other credentials than those of the page. */
function useTypedCredentials() {
  return useGraphiQL((state) => {
    const headers = headersOf(state);
    return Object.keys(headers).some((name) => name.toLowerCase() === "authorization") && !usesOwnToken(headers);
  });
}

const copy = (text) => navigator.clipboard?.writeText(text);

function Player({ player, accessToken, attempt, isBusy }) {
  const isOther = useTypedCredentials();
  return (
    <>
      <span className="lobby-player" title={player.id}>
        {isOther ? "This tab has its own header; others play as " : "Playing as "}
        <strong>{player.displayName}</strong>
      </span>
      {navigator.clipboard && (
        <Button type="button" title="Copy the access token, for another client" onClick={() => copy(accessToken)}>
          Copy token
        </Button>
      )}
      <Button type="button" title="Become another guest" disabled={isBusy} onClick={attempt}>
        New guest
      </Button>
    </>
  );
}

export function Guest() {
  const { player, accessToken } = useRememberedValues();
  const { attempt, problem, isBusy } = useAttempt(signInAsGuest);
  return (
    <div className="lobby-guest" role="status">
      {problem && <span className="lobby-problem">{problem}</span>}
      {player ? (
        <Player {...{ player, accessToken, attempt, isBusy }} />
      ) : (
        <Button type="button" className="lobby-play" disabled={isBusy} onClick={attempt}>
          Play as a guest
        </Button>
      )}
    </div>
  );
}
