import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { tabOf } from "./examples.js";

const Icon = () => (
  <svg viewBox="0 0 24 24" height="1em" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round">
    <path d="M3 6.500 9 4l6 2.500L21 4v13.500L15 20l-6-2.500L3 20ZM9 4v13.500M15 6.500V20" />
  </svg>
);

/** The function that opens an example in the tab that has it, or else in a new tab. */
function useOpen() {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL(({ tabs, queryEditor, variableEditor }) => ({
    tabs,
    queryEditor,
    variableEditor,
  }));
  return (example) => {
    const there = tabs.findIndex(({ title }) => title === example.operation);
    if (there >= 0) return changeTab(there);
    addTab();
    const { query, variables } = tabOf(example);
    queryEditor.setValue(query);
    return variableEditor.setValue(variables);
  };
}

function Group({ name, examples, open }) {
  return (
    <>
      <h3>{name}</h3>
      <ul>
        {examples.map((example) => (
          <li key={example.operation}>
            <button type="button" onClick={() => open(example)}>
              <strong>{example.operation}</strong>
              <span>{example.note}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function ExamplesPanel({ examples }) {
  const open = useOpen();
  const groups = [...new Set(examples.map(({ group }) => group))];
  return (
    <section className="lobby-panel" aria-label="Examples">
      <h2 className="lobby-panel-title">Examples</h2>
      <p>The operations of the game client, in an order that works. Open this page in a second browser tab to be a second player.</p>
      {groups.map((name) => (
        <Group key={name} name={name} examples={examples.filter(({ group }) => group === name)} open={open} />
      ))}
    </section>
  );
}

export const examplesPlugin = (examples) => ({
  title: "Examples",
  icon: Icon,
  content: () => <ExamplesPanel examples={examples} />,
});
