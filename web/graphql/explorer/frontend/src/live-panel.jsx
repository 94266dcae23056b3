import { Button } from "@graphiql/react";
import { eventText } from "./event-text.js";
import { setPaused, useLive } from "./live.js";

const Icon = () => (
  <svg viewBox="0 0 24 24" height="1em" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
    <circle cx="12" cy="12" r="2" />
    <path d="M7.800 7.800a6 6 0 0 0 0 8.400M16.200 7.800a6 6 0 0 1 0 8.400M5 5a10 10 0 0 0 0 14M19 5a10 10 0 0 1 0 14" />
  </svg>
);

const timeOf = (at) => new Date(at).toLocaleTimeString();

function Entry({ event, problem }) {
  if (problem) return <li className="lobby-live-problem">{problem}</li>;
  return (
    <li>
      <small>{`${event.seq} · ${timeOf(event.at)}`}</small>
      <strong>{event.__typename}</strong>
      <span>{eventText(event)}</span>
    </li>
  );
}

function statusOf({ partyId, isPaused }) {
  if (partyId) return "Following your party in all tabs.";
  return isPaused ? "Paused." : "Create or join a party to see its events here, live.";
}

function LivePanel() {
  const live = useLive();
  return (
    <section className="lobby-panel" aria-label="Live party">
      <h2 className="lobby-panel-title">Live party</h2>
      <p>{statusOf(live)}</p>
      <Button type="button" onClick={() => setPaused(!live.isPaused)}>
        {live.isPaused ? "Follow" : "Pause"}
      </Button>
      <ol className="lobby-live" aria-live="polite">
        {live.entries.map((entry) => (
          <Entry {...entry} key={entry.key} />
        ))}
      </ol>
    </section>
  );
}

export const livePlugin = { title: "Live party", icon: Icon, content: LivePanel };
