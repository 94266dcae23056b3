import { useMemo, useRef } from "preact/hooks";
import { run } from "./api.js";
import { Chart } from "./chart.jsx";
import { clock, count, duration, moment, ms } from "./format.js";
import { usePolled } from "./hooks.js";
import { Facts, Problem, Table, Title, searchLink } from "./parts.jsx";

const EVERY_MS = 5_000;

/** The nodes that have answered, the load of the last hour, and who is throttled. */
export function Overview() {
  const status = usePolled(() => run("node"), EVERY_MS, []);
  const load = usePolled(() => run("nodeLoad"), EVERY_MS, []);
  const nodes = useRef(new Map());
  const node = status.value?.node;
  if (node) nodes.current.set(node.id, node);
  const maintenance = status.value?.serverInfo.maintenance;
  return (
    <>
      <Title>Overview</Title>
      <Problem text={status.problem ?? load.problem} />
      {maintenance && (
        <p class="notice" role="status">
          Maintenance from {moment(maintenance.startsAt)}. {maintenance.text}
        </p>
      )}
      {node && <Store node={node} />}
      <NodeTable nodes={[...nodes.current.values()]} />
      {load.value && <Load load={load.value.nodeLoad} />}
      {load.value && <Throttled clients={load.value.throttled} />}
    </>
  );
}

function Store({ node: { store, problem } }) {
  return (
    <section class="card">
      <p class={problem ? "bad" : "good"}>{problem ?? (store.isUp ? "Ready" : "The store does not answer")}</p>
      <Facts
        of={[
          ["Store", store.kind],
          ["Live parties", count(store.parties)],
          ["Sessions", count(store.sessions)],
          ["Saved runs", count(store.savedRuns)],
        ]}
      />
    </section>
  );
}

function NodeTable({ nodes }) {
  return (
    <>
      <h2>Nodes</h2>
      <Table
        caption="Nodes that have answered this page"
        columns={["Node", "Version", "Up for", "Sockets", "Streams", "Searches", "Loop lag", "Seen"]}
        empty="None yet."
      >
        {nodes.map((node) => (
          <tr key={node.id}>
            <th scope="row">{node.id}</th>
            <td>{node.version}</td>
            <td title={moment(node.startedAt)}>{duration(node.uptimeS)}</td>
            <td>{count(node.connections)}</td>
            <td>{count(node.followers)}</td>
            <td>{count(node.searches)}</td>
            <td>{ms(node.loopLagMs)}</td>
            <td>{clock(node.time)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function Load({ load: { samples, rejections } }) {
  const drawn = useMemo(() => withoutShortOne(samples), [samples]);
  const charts = useMemo(() => chartsOf(drawn), [drawn]);
  const times = useMemo(() => drawn.map(({ at }) => new Date(at).getTime() / 1000), [drawn]);
  return (
    <>
      <h2>The last hour</h2>
      <div class="charts">
        {charts.map((chart) => (
          <Chart key={chart.title} times={times} {...chart} />
        ))}
      </div>
      <h2>Rejections</h2>
      <Table caption="Rejections in the last hour" columns={["Code", "Count"]} empty="None.">
        {rejections.map(({ code, count: times }) => (
          <tr key={code}>
            <th scope="row">{code}</th>
            <td>{count(times)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

const SHORT_S = 5;

/** The last sample is not over yet: of a few seconds it says too little. */
const withoutShortOne = (samples) => (samples.length > 1 && samples.at(-1).seconds < SHORT_S ? samples.slice(0, -1) : samples);

function chartsOf(samples) {
  const perSecond = (field) => samples.map((sample) => sample[field] / Math.max(sample.seconds, 1));
  const values = (field) => samples.map((sample) => sample[field]);
  const series = (name, values, color = 1) => ({ name, values, color });
  return [
    { title: "Commands per second", series: [series("all", perSecond("commands")), series("rejected", perSecond("rejections"), 2)] },
    { title: "Queries and mutations per second", series: [series("all", perSecond("operations"))] },
    { title: "Time of an operation", unit: " ms", series: [series("half", values("operationP50Ms")), series("99 %", values("operationP99Ms"), 2)] },
    { title: "Commit time", unit: " ms", series: [series("half", values("commitP50Ms")), series("99 %", values("commitP99Ms"), 2)] },
    { title: "Event loop lag", unit: " ms", series: [series("longest", values("loopLagMs"))] },
    { title: "Connections", series: [series("sockets", values("connections")), series("streams", values("followers"), 2)] },
  ];
}

function Throttled({ clients }) {
  return (
    <>
      <h2>Throttled</h2>
      <Table
        caption="Players and addresses that had to wait in the last hour, on this node"
        columns={["Player or address", "Limit", "Times", "Last wait", "Since", "Last"]}
        empty="Nobody."
      >
        {clients.map((one) => (
          <tr key={`${one.limit} ${one.client}`}>
            <th scope="row">
              <a href={searchLink(one.client)}>{one.client}</a>
            </th>
            <td>{one.limit.replaceAll("_", " ")}</td>
            <td>{count(one.count)}</td>
            <td>{ms(one.waitMs)}</td>
            <td>{clock(one.since)}</td>
            <td>{clock(one.lastAt)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
