// Small parts that several views share.
import { useEffect, useRef } from "preact/hooks";

/** The heading of a view. It takes the focus when the view opens, so that screen readers begin there. */
export function Title({ children }) {
  const heading = useRef(null);
  useEffect(() => heading.current.focus({ preventScroll: true }), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

export const Problem = ({ text }) => (text ? <p class="problem" role="alert">{text}</p> : null);

/** A table that scrolls sideways by itself on a narrow screen. `columns`: the headings. */
export function Table({ caption, columns, children, empty }) {
  const isEmpty = !children || children.length === 0;
  return (
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="quiet-caption">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" key={column}>
                {column || <span class="for-readers">Acts</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {isEmpty ? (
            <tr>
              <td colSpan={columns.length} class="quiet">
                {empty}
              </td>
            </tr>
          ) : (
            children
          )}
        </tbody>
      </table>
    </div>
  );
}

export const Id = ({ of }) => (of ? <code class="id" title={of}>{of.length > 13 ? `${of.slice(0, 8)}…` : of}</code> : "–");

export const partyLink = (id) => `#/parties/${encodeURIComponent(id)}`;

export const searchLink = (text) => `#/search/${encodeURIComponent(text)}`;

/** Definitions in a grid: [[name, value]]. */
export const Facts = ({ of }) => (
  <dl class="facts">
    {of.map(([name, value]) => (
      <div key={name} class={name === "Id" ? "wide" : ""}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
