// The console: a bar with the views, and the view that the address names.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { run } from "./api.js";
import "./console.css";
import { usePolled, useRoute } from "./hooks.js";
import { Moderation } from "./moderation.jsx";
import { Overview } from "./overview.jsx";
import { Parties } from "./parties.jsx";
import { Party } from "./party.jsx";
import { Problem } from "./parts.jsx";
import { currentKey, onKeyChange, signOut } from "./session.js";
import { Sessions } from "./sessions.jsx";
import { Settings } from "./settings.jsx";
import { SignIn } from "./sign-in.jsx";

const VIEWS = [
  ["Overview", "overview"],
  ["Parties", "parties"],
  ["Sessions", "sessions"],
  ["Moderation", "moderation"],
  ["Settings", "settings"],
];

function Console() {
  const [key, setKey] = useState(currentKey());
  useEffect(() => onKeyChange(() => setKey(currentKey())), []);
  return key ? <SignedIn key={key} /> : <SignIn />;
}

function SignedIn() {
  const { value, problem } = usePolled(async () => (await run("operatorKey")).operatorKey, 0, []);
  const [view = "overview", detail] = useRoute();
  const shown = view === "search" ? "parties" : view;
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="bar">
        <a class="name" href="./">
          Lobby
        </a>
        <nav aria-label="Views">
          {VIEWS.map(([title, name]) => (
            <a key={name} href={`#/${name}`} aria-current={shown === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <span class="who">
          {value && `${value.name}${value.isModerator ? ", moderator" : ""}`}
          <button type="button" onClick={signOut}>
            Sign out
          </button>
        </span>
      </header>
      <main id="main" tabIndex={-1}>
        <Problem text={problem} />
        {value && <View name={view} detail={detail} isModerator={value.isModerator} />}
      </main>
    </>
  );
}

function View({ name, detail, isModerator }) {
  if (name === "parties" && detail) return <Party key={detail} id={detail} isModerator={isModerator} />;
  if (name === "parties") return <Parties />;
  if (name === "search") return <Parties search={detail} />;
  if (name === "sessions") return <Sessions />;
  if (name === "moderation") return <Moderation isModerator={isModerator} />;
  if (name === "settings") return <Settings />;
  return <Overview />;
}

/** The fragment of the address is the view, so the link to the content must not change it. */
function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

const place = document.getElementById("console");
place.replaceChildren();
render(<Console />, place);
