import { useEffect, useRef, useState } from "preact/hooks";
import { ActButton, BanButton, RemoveButton } from "./act.jsx";
import { follow, run } from "./api.js";
import { eventName, eventText } from "./event-text.js";
import { clock, moment, words } from "./format.js";
import { usePolled } from "./hooks.js";
import { Facts, Id, Problem, Table, Title } from "./parts.jsx";

const ENTRIES_SHOWN = 300;
const QUIET = new Set(["Heartbeat", "PartySnapshot"]);

/** One party: its members and session as they are, what happens as it happens, and its log. */
export function Party({ id, isModerator }) {
  const { party, entries, state, problem } = useStream(id);
  if (!party) {
    return (
      <>
        <Title>Party</Title>
        <Problem text={problem} />
        {!problem && <p role="status">Loading…</p>}
      </>
    );
  }
  return (
    <>
      <Title>{party.settings.name}</Title>
      {party.settings.visibility !== "PUBLIC" && (
        <p class="notice">This party is {words(party.settings.visibility)}. That you look at it is in the log of moderation.</p>
      )}
      <Problem text={problem} />
      <PartyFacts party={party} />
      {isModerator && party.state !== "CLOSED" && <PartyActs party={party} />}
      <h2>Members</h2>
      <Members party={party} isModerator={isModerator} />
      <h2>
        As it happens <small class={`state ${state}`}>{state}</small>
      </h2>
      <div class="log" role="log" aria-label="Events of the party, the latest first" tabIndex={0}>
        <ol>
          {entries.map((event) => (
            <Entry key={`${event.__typename} ${event.seq} ${event.at}`} event={event} />
          ))}
        </ol>
        {entries.length === 0 && <p class="quiet">Nothing since this page was opened.</p>}
      </div>
      <Log id={id} />
      {party.session && <SessionFacts session={party.session} />}
    </>
  );
}

/** The party by its stream; one that is closed by a query. */
function useStream(id) {
  const [shown, setShown] = useState({ party: null, entries: [], state: "connecting", problem: null });
  const change = (part) => setShown((before) => ({ ...before, ...part }));
  useEffect(() => {
    let isOver = false;
    let end = () => {};
    async function open() {
      try {
        const { party } = await run("inspectParty", { partyId: id });
        if (isOver) return;
        if (!party) {
          change({ problem: "There is no such party." });
          return;
        }
        change({ party, state: party.state === "CLOSED" ? "ended" : "connecting" });
        if (party.state !== "CLOSED") end = followIt(party.cursor);
      } catch (reason) {
        if (!isOver) change({ problem: reason.message });
      }
    }
    const followIt = (after) =>
      follow("followParty", { partyId: id, after }, {
        onLive: () => change({ state: "live" }),
        onPause: () => change({ state: "connecting" }),
        onError: (problem) => change({ problem, state: "ended" }),
        onEnd: () => change({ state: "ended" }),
        onEvent(event) {
          const isEntry = !QUIET.has(event.__typename);
          setShown(({ entries, ...rest }) => {
            const isKnown = event.__typename !== "Announcement" && entries.some(({ seq, cursor }) => seq === event.seq && cursor === event.cursor);
            const grown = isEntry && !isKnown ? [event, ...entries].slice(0, ENTRIES_SHOWN) : entries;
            return { ...rest, entries: grown, party: event.party, state: event.party.state === "CLOSED" ? "ended" : "live" };
          });
        },
      });
    open();
    return () => {
      isOver = true;
      end();
    };
  }, [id]);
  return shown;
}

const PartyFacts = ({ party }) => (
  <section class="card">
    <Facts
      of={[
        ["Id", <code class="whole-id">{party.id}</code>],
        ["State", words(party.state)],
        ["Visibility", words(party.settings.visibility)],
        ["Game", `${words(party.settings.gameType)}, ${party.settings.difficulty}`],
        ["Seats", `${party.members.length} of ${party.settings.maxMembers}`],
        ["Password", party.settings.hasPassword ? "yes" : "no"],
        ["Locked", party.settings.locked ? "yes" : "no"],
        ["Created", moment(party.createdAt)],
        ["Entry", party.version],
      ]}
    />
  </section>
);

const PartyActs = ({ party }) => (
  <div class="buttons">
    <ActButton
      label="Announce"
      title={`Announce to ${party.settings.name}`}
      mutation="announce"
      input={{ partyId: party.id }}
      fields={[{ name: "text", label: "Text", isLong: true, isRequired: true }]}
    />
    <ActButton label="Close party" title={`Close ${party.settings.name}`} mutation="closeParty" input={{ partyId: party.id }} isGrave />
  </div>
);

function Members({ party, isModerator }) {
  const columns = ["Player", ...(isModerator ? [""] : []), "Id", "Class", "Team", "Ready", "Connection", "Joined"];
  return (
    <Table caption="Members of the party" columns={columns} empty="None.">
      {party.members.map(({ player, ...member }) => (
        <tr key={player.id}>
          <th scope="row">
            {player.displayName}
            {member.isLeader && <small> leader</small>}
            {member.muted && <small> muted</small>}
          </th>
          {isModerator && (
            <td>
              <div class="acts">
                <BanButton player={player} />
                <RemoveButton player={player} />
              </div>
            </td>
          )}
          <td>
            <Id of={player.id} />
          </td>
          <td>{member.characterClass ?? "–"}</td>
          <td>{member.team ?? "–"}</td>
          <td>{member.ready ? "yes" : "no"}</td>
          <td>{words(member.connection)}</td>
          <td>{clock(member.joinedAt)}</td>
        </tr>
      ))}
    </Table>
  );
}

const SessionFacts = ({ session }) => (
  <>
    <h2>Session</h2>
    <section class="card">
      <Facts
        of={[
          ["Id", <code class="whole-id">{session.id}</code>],
          ["Status", words(session.status)],
          ["Floor", session.floor],
          ["Host", session.host ? `${session.host.player.displayName}, term ${session.host.term}` : "–"],
          ["Game server seen", clock(session.gameServerSeenAt)],
          ["Started", moment(session.startedAt)],
          ["Ended", moment(session.endedAt)],
          ["Outcome", session.outcome ?? "–"],
        ]}
      />
    </section>
  </>
);

const Entry = ({ event }) => (
  <li>
    <time dateTime={event.at}>{clock(event.at)}</time>
    <span class="seq">{event.__typename === "Announcement" ? "" : event.seq}</span>
    <strong>{eventName(event)}</strong> <span>{eventText(event)}</span>
  </li>
);

const LOG_PAGE = 100;

/** The log from its oldest entry, page by page. */
function Log({ id }) {
  const [isOpen, setOpen] = useState(false);
  const [entries, setEntries] = useState([]);
  const last = useRef(null);
  const page = usePolled(() => (isOpen ? loadMore() : null), 0, [isOpen]);

  async function loadMore() {
    const { partyHistory } = await run("inspectHistory", { partyId: id, after: last.current, first: LOG_PAGE });
    last.current = partyHistory.at(-1)?.cursor ?? last.current;
    setEntries((before) => [...before, ...partyHistory]);
    return partyHistory.length === LOG_PAGE;
  }

  return (
    <details class="card" onToggle={(event) => setOpen(event.target.open)}>
      <summary>Log from the oldest entry</summary>
      <Problem text={page.problem} />
      <div class="log" role="region" aria-label="Log of the party, the oldest first" tabIndex={0}>
        <ol>
          {entries.map((event) => (
            <Entry key={event.seq} event={event} />
          ))}
        </ol>
      </div>
      <button type="button" onClick={page.refresh}>
        {page.value ? "More" : "Look again"}
      </button>
    </details>
  );
}
