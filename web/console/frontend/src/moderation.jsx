import { ActButton, BAN_FIELDS, BanButton, UnbanButton } from "./act.jsx";
import { run } from "./api.js";
import { clock, moment } from "./format.js";
import { usePolled } from "./hooks.js";
import { Id, Problem, Table, Title, partyLink, searchLink } from "./parts.jsx";

const EVERY_MS = 10_000;
const PAGE = 50;

/** Reports that wait, bans, the log, and the acts that are about everybody. */
export function Moderation({ isModerator }) {
  if (!isModerator) {
    return (
      <>
        <Title>Moderation</Title>
        <p>Reports, bans and the log of moderation need a moderator key. Sign out, and sign in with one.</p>
      </>
    );
  }
  return <ModerationLists />;
}

function ModerationLists() {
  const reports = usePolled(async () => (await run("reports", { first: PAGE })).reports, EVERY_MS, []);
  const bans = usePolled(async () => (await run("bans", { first: PAGE })).bans, EVERY_MS, []);
  const log = usePolled(async () => (await run("moderationLog", { first: PAGE })).moderationLog, EVERY_MS, []);
  const refresh = () => [reports, bans, log].forEach((list) => list.refresh());
  return (
    <>
      <Title>Moderation</Title>
      <Problem text={reports.problem ?? bans.problem ?? log.problem} />
      <ForAll onDone={refresh} />
      <h2>Reports that wait</h2>
      <Reports reports={reports.value} onDone={refresh} />
      <h2>Bans</h2>
      <Bans bans={bans.value} onDone={refresh} />
      <h2>Log</h2>
      <Acts entries={log.value} />
    </>
  );
}

const ForAll = ({ onDone }) => (
  <div class="buttons">
    <ActButton
      label="Ban by id"
      title="Ban a player by the id"
      mutation="banPlayer"
      fields={[{ name: "playerId", label: "Id of the player", isRequired: true }, ...BAN_FIELDS]}
      onDone={onDone}
      isGrave
    />
    <ActButton
      label="Announce to all"
      title="Announce to everybody who is connected"
      mutation="announce"
      fields={[{ name: "text", label: "Text", isLong: true, isRequired: true }]}
      onDone={onDone}
    />
    <ActButton
      label="Maintenance"
      title="Announce a maintenance"
      mutation="setMaintenance"
      fields={[
        { name: "startsAt", label: "From", type: "datetime-local", isRequired: true, read: (text) => new Date(text).toISOString() },
        { name: "text", label: "Reason, for all to read", isLong: true, isRequired: true },
      ]}
      onDone={onDone}
    />
    <ActButton
      label="End maintenance"
      title="End the maintenance"
      mutation="setMaintenance"
      input={{ startsAt: null }}
      fields={[{ name: "text", label: "Reason", isLong: true, isRequired: true }]}
      onDone={onDone}
    />
  </div>
);

const Reports = ({ reports, onDone }) => (
  <Table caption="Reports that wait, the latest first" columns={["Player", "Reason", "Message", "Reporter", "Party", "At", ""]} empty={reports ? "None." : "Loading…"}>
    {reports?.map((report) => (
      <tr key={report.id}>
        <th scope="row">
          <a href={searchLink(report.player.id)}>{report.player.displayName}</a>
        </th>
        <td class="text">{report.reason}</td>
        <td class="text">
          <Messages report={report} />
        </td>
        <td>{report.reporter.displayName}</td>
        <td>
          <a href={partyLink(report.party.id)}>{report.party.settings.name}</a>
        </td>
        <td>{moment(report.at)}</td>
        <td>
          <div class="acts">
            <ActButton
              label="Resolve"
              title={`Resolve the report about ${report.player.displayName}`}
              mutation="resolveReport"
              input={{ reportId: report.id }}
              fields={[{ name: "resolution", label: "What was done, and why", isLong: true, isRequired: true }]}
              onDone={onDone}
            />
            <BanButton player={report.player} onDone={onDone} />
          </div>
        </td>
      </tr>
    ))}
  </Table>
);

function Messages({ report: { seq, messages } }) {
  const meant = messages.find((message) => message.seq === seq);
  if (!messages.length) return "–";
  return (
    <details>
      <summary>{meant ? `“${meant.text}”` : `${messages.length} around it`}</summary>
      <ol class="plain">
        {messages.map((message) => (
          <li key={message.seq}>
            {clock(message.at)} {message.author.displayName}: {message.seq === seq ? <strong>{message.text}</strong> : message.text}
          </li>
        ))}
      </ol>
    </details>
  );
}

const Bans = ({ bans, onDone }) => (
  <Table caption="Bans, the latest first" columns={["Player", "Id", "Until", "Reason", "By", "Since", ""]} empty={bans ? "None." : "Loading…"}>
    {bans?.map((ban) => (
      <tr key={ban.player.id}>
        <th scope="row">{ban.player.displayName}</th>
        <td>
          <Id of={ban.player.id} />
        </td>
        <td>{ban.until ? moment(ban.until) : "for good"}</td>
        <td class="text">{ban.reason}</td>
        <td>{ban.by}</td>
        <td>{moment(ban.since)}</td>
        <td>
          <div class="acts">
            <UnbanButton player={ban.player} onDone={onDone} />
          </div>
        </td>
      </tr>
    ))}
  </Table>
);

const Acts = ({ entries }) => (
  <Table caption="The latest acts" columns={["Act", "By", "Player", "Party", "Reason or text", "At"]} empty={entries ? "None." : "Loading…"}>
    {entries?.map((entry) => (
      <tr key={entry.id}>
        <th scope="row">{entry.action}</th>
        <td>{entry.by}</td>
        <td>
          <Id of={entry.playerId} />
        </td>
        <td>{entry.partyId ? <a href={partyLink(entry.partyId)}><Id of={entry.partyId} /></a> : "–"}</td>
        <td class="text">{entry.detail ?? "–"}</td>
        <td>{moment(entry.at)}</td>
      </tr>
    ))}
  </Table>
);
