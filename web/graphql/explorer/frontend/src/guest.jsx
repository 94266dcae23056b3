// Who one is, at the top of the page, and the one click that makes a visitor a player.
import { Button, useGraphiQL } from "@graphiql/react";
import { useState } from "react";
import { usesOwnToken } from "./headers.js";
import { signInAsGuest } from "./identity.js";
import { useRemembered } from "./memory.js";

/** A button's work, with what went wrong last time. */
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

/** Whether the open tab's headers name credentials other than the page's own. */
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
        {isOther ? "This tab's own header; else " : "Playing as "}
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
  const { player, accessToken } = useRemembered();
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
