import { useState } from "preact/hooks";
import { run } from "./api.js";
import { usePolled } from "./hooks.js";
import { Problem, Table, Title } from "./parts.jsx";

/** The settings in force on the node that answers. */
export function Settings() {
  const { value, problem } = usePolled(async () => (await run("settings")).settings, 0, []);
  const [text, setText] = useState("");
  const [onlyChanged, setOnlyChanged] = useState(false);
  const shown = value?.filter(({ name, isDefault }) => name.includes(text.trim().toUpperCase()) && !(onlyChanged && isDefault));
  return (
    <>
      <Title>Settings</Title>
      <Problem text={problem} />
      <div class="row">
        <label for="filter">Name contains</label>
        <input id="filter" type="search" value={text} onInput={(event) => setText(event.target.value)} />
        <label>
          <input type="checkbox" checked={onlyChanged} onChange={(event) => setOnlyChanged(event.target.checked)} /> not the default
        </label>
      </div>
      <Table caption="Settings in force, secrets masked" columns={["Setting", "Value", "Default"]} empty={value ? "None." : "Loading…"}>
        {shown?.map(({ name, value: setting, isDefault }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="text">
              <code>{setting}</code>
            </td>
            <td>{isDefault ? "yes" : <strong>no</strong>}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
