// The dialog of a moderator's act: a reason, sometimes more, and one idempotency key for all tries.
import { useEffect, useRef, useState } from "preact/hooks";
import { act } from "./api.js";
import { Problem } from "./parts.jsx";

const REASON = { name: "reason", label: "Reason", isLong: true, isRequired: true };

/**
 * A button that opens the dialog of an act. `mutation`: its name. `input`: what is known. `fields`: what is asked for; a field's
 * `read` turns its text into the value that is sent. `onDone` is called with the entry in the log of moderation.
 */
export function ActButton({ label, title, mutation, input = {}, fields = [REASON], onDone, isGrave = false }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class={isGrave ? "grave" : ""} onClick={() => setOpen(true)}>
        {label}
      </button>
      {isOpen && (
        <ActDialog
          {...{ label, title, mutation, input, fields, isGrave }}
          onClose={() => setOpen(false)}
          onDone={(entry) => {
            setOpen(false);
            onDone?.(entry);
          }}
        />
      )}
    </>
  );
}

function ActDialog({ label, title, mutation, input, fields, isGrave, onClose, onDone }) {
  const dialog = useRef(null);
  const key = useRef(crypto.randomUUID?.() ?? String(Math.random()).slice(2));
  const [problem, setProblem] = useState(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => dialog.current.showModal(), []);

  async function submit(event) {
    event.preventDefault();
    const given = new FormData(event.target);
    setBusy(true);
    try {
      const values = fields.map(({ name, read }) => [name, (read ?? String)(given.get(name))]);
      onDone(await act(mutation, { ...input, ...Object.fromEntries(values), idempotencyKey: key.current }));
    } catch (reason) {
      setProblem(reason.message);
      setBusy(false);
    }
  }

  return (
    <dialog ref={dialog} aria-labelledby="act-title" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="act-title">{title}</h2>
        {fields.map((field) => (
          <Field key={field.name} {...field} />
        ))}
        <Problem text={problem} />
        <div class="buttons">
          <button type="button" onClick={() => dialog.current.close()}>
            Cancel
          </button>
          <button type="submit" class={isGrave ? "grave primary" : "primary"} disabled={isBusy}>
            {label}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Field({ name, label, isLong, isRequired, options, type, value }) {
  const id = `act-${name}`;
  return (
    <p>
      <label for={id}>{label}</label>
      {options ? (
        <select id={id} name={name}>
          {options.map(([text, of]) => (
            <option value={of} key={of}>
              {text}
            </option>
          ))}
        </select>
      ) : isLong ? (
        <textarea id={id} name={name} rows={3} maxLength={500} required={isRequired} />
      ) : (
        <input id={id} name={name} type={type} required={isRequired} value={value} />
      )}
    </p>
  );
}

const HOUR_MS = 3_600_000;
const BAN_TIMES = [
  ["For good", ""],
  ["1 hour", String(HOUR_MS)],
  ["1 day", String(24 * HOUR_MS)],
  ["7 days", String(7 * 24 * HOUR_MS)],
  ["30 days", String(30 * 24 * HOUR_MS)],
];

export const BAN_FIELDS = [
  {
    name: "until",
    label: "For how long",
    options: BAN_TIMES,
    read: (text) => (text ? new Date(Date.now() + Number(text)).toISOString() : null),
  },
  REASON,
];

export const BanButton = ({ player, onDone }) => (
  <ActButton
    label="Ban"
    title={`Ban ${player.displayName}`}
    mutation="banPlayer"
    input={{ playerId: player.id }}
    fields={BAN_FIELDS}
    onDone={onDone}
    isGrave
  />
);

export const UnbanButton = ({ player, onDone }) => (
  <ActButton
    label="Lift the ban"
    title={`Lift the ban of ${player.displayName}`}
    mutation="unbanPlayer"
    input={{ playerId: player.id }}
    onDone={onDone}
  />
);

export const RemoveButton = ({ player, onDone }) => (
  <ActButton
    label="Remove"
    title={`Remove ${player.displayName} from the party`}
    mutation="removePlayer"
    input={{ playerId: player.id }}
    onDone={onDone}
  />
);
