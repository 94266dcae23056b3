import "./workers.js";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createPortal } from "react-dom";
import { createRoot } from "react-dom/client";
import { examplesPlugin } from "./examples-panel.jsx";
import { loadExamples, tabOf } from "./examples.js";
import { fetcher } from "./fetcher.js";
import { Guest } from "./guest.jsx";
import { DEFAULT_HEADERS } from "./headers.js";
import { livePlugin } from "./live-panel.jsx";
import { followOwnParty } from "./live.js";
import { PlaceholderMarkers } from "./placeholder-markers.jsx";
import { RememberedPanel } from "./remembered-panel.jsx";
import { isFirstVisit, storage } from "./storage.js";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";

/** GraphiQL shows the variables of the first default tab only if they are passed as the initial variables too. */
const firstTab = ([tab]) => (tab && isFirstVisit() ? { initialQuery: tab.query, initialVariables: tab.variables } : {});

function Page({ tabs, plugins }) {
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={plugins}
      visiblePlugin="Examples"
      defaultTabs={tabs.length > 0 ? tabs : undefined}
      {...firstTab(tabs)}
      defaultHeaders={DEFAULT_HEADERS}
      shouldPersistHeaders
      showPersistHeadersSettings={false}
      defaultEditorToolsVisibility="variables"
      schemaDescription
    >
      <GraphiQL.Logo>
        {createPortal(<Guest />, document.getElementById("guest"))}
        <PlaceholderMarkers />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <RememberedPanel />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

const examples = await loadExamples();
const plugins = [examplesPlugin(examples), livePlugin, explorerPlugin(), HISTORY_PLUGIN];
const watchParty = examples.find(({ operation }) => operation === "WatchParty");
if (watchParty) followOwnParty(watchParty.document);
const tabs = examples.filter(({ opens }) => opens).map(tabOf);
createRoot(document.getElementById("page")).render(<Page tabs={tabs} plugins={plugins} />);
