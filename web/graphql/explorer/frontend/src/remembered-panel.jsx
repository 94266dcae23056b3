// What placeholders stand for now, below the answers.
import { useRemembered } from "./memory.js";

const SHOWN = ["partyId", "joinCode", "settingsVersion", "otherPlayerId", "sessionId", "listedPartyId", "cursor"];

export function Remembered() {
  const values = useRemembered();
  const known = SHOWN.filter((name) => values[name] !== undefined);
  if (known.length === 0) return <p className="lobby-remembered">Answers' ids are remembered here for the next operations.</p>;
  return (
    <dl className="lobby-remembered" aria-label="Remembered values">
      {known.map((name) => (
        <div key={name} title={String(values[name])}>
          <dt>{`{{${name}}}`}</dt>
          <dd>{String(values[name])}</dd>
        </div>
      ))}
    </dl>
  );
}
