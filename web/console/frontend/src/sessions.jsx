import { useState } from "preact/hooks";
import { run } from "./api.js";
import { clock, count, words } from "./format.js";
import { usePolled } from "./hooks.js";
import { Id, Problem, Table, Title, partyLink } from "./parts.jsx";

const EVERY_MS = 5_000;
const STATUSES = ["", "WAITING", "IN_PROGRESS", "COMPLETE", "ABANDONED"];

/** Sessions, the newest first, and where each runs. */
export function Sessions() {
  const [status, setStatus] = useState("");
  const [pages, setPages] = useState([null]);
  const after = pages.at(-1);
  const filter = status ? { status } : null;
  const { value, problem } = usePolled(() => run("liveSessions", { filter, after }), EVERY_MS, [status, after]);
  const sessions = value?.sessions;
  return (
    <>
      <Title>Sessions</Title>
      <div class="row">
        <label for="status">Status</label>
        <select
          id="status"
          value={status}
          onChange={(event) => {
            setStatus(event.target.value);
            setPages([null]);
          }}
        >
          {STATUSES.map((one) => (
            <option value={one} key={one}>
              {words(one) || "active"}
            </option>
          ))}
        </select>
        <span class="quiet">{sessions && `${count(sessions.totalCount)} in all`}</span>
      </div>
      <Problem text={problem} />
      <Table
        caption="Sessions, the newest first"
        columns={["Session", "Party", "Status", "Game", "Players", "Floor", "Run by", "Server seen", "Started"]}
        empty={sessions ? "None." : "Loading…"}
      >
        {sessions?.nodes.map((session) => (
          <tr key={session.id}>
            <th scope="row">
              <Id of={session.id} />
            </th>
            <td>
              <a href={partyLink(session.party.id)}>{session.party.settings.name}</a>
            </td>
            <td>{words(session.status)}</td>
            <td>
              {words(session.gameType)}, {session.difficulty}
            </td>
            <td>{session.players.length}</td>
            <td>{session.floor}</td>
            <td>{session.host?.player.displayName ?? "game server"}</td>
            <td>{clock(session.gameServerSeenAt)}</td>
            <td>{clock(session.startedAt)}</td>
          </tr>
        ))}
      </Table>
      <div class="buttons">
        {pages.length > 1 && (
          <button type="button" onClick={() => setPages(pages.slice(0, -1))}>
            Newer
          </button>
        )}
        {sessions?.pageInfo.hasNextPage && (
          <button type="button" onClick={() => setPages([...pages, sessions.pageInfo.endCursor])}>
            Older
          </button>
        )}
      </div>
    </>
  );
}
