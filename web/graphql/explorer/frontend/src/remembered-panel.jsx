// The current values of the placeholders, shown below the answers.
import { useRememberedValues } from "./memory.js";

const SHOWN = ["partyId", "joinCode", "settingsVersion", "otherPlayerId", "sessionId", "listedPartyId", "cursor"];

export function RememberedPanel() {
  const values = useRememberedValues();
  const known = SHOWN.filter((name) => values[name] !== undefined);
  if (known.length === 0) return <p className="lobby-remembered">The ids in answers are remembered here for the next operations.</p>;
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
