import { useEffect, useRef, useState } from "preact/hooks";
import { run } from "./api.js";
import { clock, count, words } from "./format.js";
import { Id, Problem, Table, Title, partyLink } from "./parts.jsx";

const PAGE = 20;
const ROWS_MAX = 500;

/** All live parties, or those that a text finds. A search goes on by itself until the page has rows or the end is reached. */
export function Parties({ search = "" }) {
  const [rows, setRows] = useState([]);
  const [state, setState] = useState({ after: null, hasMore: false, isBusy: true, searched: 0, problem: null });
  const wanted = useRef(0);

  async function load(after, known, searched) {
    const turn = ++wanted.current;
    setState((before) => ({ ...before, isBusy: true, problem: null }));
    try {
      let found = [];
      let page;
      do {
        page = (await run("liveParties", { search, first: PAGE, after })).liveParties;
        if (turn !== wanted.current) return;
        found = [...found, ...page.nodes];
        searched += page.searchedCount;
        after = page.pageInfo.endCursor;
        setState((before) => ({ ...before, searched }));
      } while (found.length < PAGE && page.pageInfo.hasNextPage);
      setRows([...known, ...found]);
      setState({ after, hasMore: page.pageInfo.hasNextPage, isBusy: false, searched, problem: null });
    } catch (reason) {
      if (turn === wanted.current) setState((before) => ({ ...before, isBusy: false, problem: reason.message }));
    }
  }

  useEffect(() => {
    setRows([]);
    load(null, [], 0);
    return () => wanted.current++;
  }, [search]);

  const canGoOn = state.hasMore && rows.length < ROWS_MAX;
  return (
    <>
      <Title>Parties</Title>
      <SearchForm text={search} />
      <Problem text={state.problem} />
      <p class="quiet" role="status">
        {state.isBusy ? `Looking… ${count(state.searched)} parties` : `${count(rows.length)} shown of ${count(state.searched)} looked at.`}
      </p>
      <Table
        caption={search ? `Parties found by “${search}”` : "Live parties, the newest first"}
        columns={["Party", "Id", "State", "Visibility", "Members", "Found by", "Session", "Server", "Created", "Changed"]}
        empty={state.isBusy ? "Looking…" : "None."}
      >
        {rows.map((party) => (
          <tr key={party.id}>
            <th scope="row">
              <a href={partyLink(party.id)}>{party.name}</a>
            </th>
            <td>
              <Id of={party.id} />
            </td>
            <td>{words(party.state)}</td>
            <td>{words(party.visibility)}</td>
            <td>
              {party.memberCount} of {party.maxMembers}
            </td>
            <td>{party.players.map((player) => player.displayName).join(", ") || "–"}</td>
            <td>
              <Id of={party.sessionId} />
            </td>
            <td>{party.allocation ?? "–"}</td>
            <td>{clock(party.createdAt)}</td>
            <td>{clock(party.changedAt)}</td>
          </tr>
        ))}
      </Table>
      {canGoOn && (
        <div class="buttons">
          <button type="button" disabled={state.isBusy} onClick={() => load(state.after, rows, state.searched)}>
            More
          </button>
        </div>
      )}
    </>
  );
}

function SearchForm({ text }) {
  function submit(event) {
    event.preventDefault();
    const search = new FormData(event.target).get("search").trim();
    location.hash = search ? `#/search/${encodeURIComponent(search)}` : "#/parties";
  }
  return (
    <form role="search" class="search" onSubmit={submit}>
      <label for="search">Id, code, or a part of the name of a party or player</label>
      <div class="row">
        <input id="search" name="search" type="search" maxLength={100} key={text} defaultValue={text} />
        <button type="submit" class="primary">
          Search
        </button>
      </div>
    </form>
  );
}
