// A chart over the last hour. A screen reader gets its last and its highest value as words.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const HEIGHT = 150;

/** `times`: seconds since 1970. `series`: [{ name, values, color: 1 or 2 }]; null is a gap. `unit`: behind each number. */
export function Chart({ title, times, series, unit = "" }) {
  const place = useRef(null);
  const plot = useRef(null);

  useEffect(() => {
    const create = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(place.current, series, unit), [times, ...series.map(({ values }) => values)], place.current);
    };
    create();
    const sizes = new ResizeObserver(([{ contentRect }]) => plot.current?.setSize({ width: contentRect.width, height: HEIGHT }));
    sizes.observe(place.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", create);
    return () => {
      sizes.disconnect();
      dark.removeEventListener("change", create);
      plot.current.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.setData([times, ...series.map(({ values }) => values)]), [times, series]);

  return (
    <figure class="chart card">
      <figcaption>
        <strong>{title}</strong>
        {series.map(({ name, color, values }) => (
          <span key={name} class={`legend line-${color}`}>
            {name} {shown(values.at(-1))}
            {unit}
          </span>
        ))}
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${series.map((one) => inWords(one, unit)).join("; ")}`} />
    </figure>
  );
}

const shown = (value) => (value === null || value === undefined ? "–" : String(Math.round(value * 10) / 10));

function inWords({ name, values }, unit) {
  const known = values.filter((value) => value !== null);
  if (!known.length) return `${name}: nothing yet`;
  return `${name} now ${shown(values.at(-1))}${unit}, at most ${shown(Math.max(...known))}${unit} in the last hour`;
}

function options(place, series, unit) {
  const style = getComputedStyle(place);
  const color = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: color("--quiet"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, __, max) => [0, Math.max(max || 0, 1) * 1.1] } },
    axes: [{ ...axis, space: 70, size: 26, values: (_, ticks) => ticks.map(hourAndMinute) }, { ...axis, size: 52, values: (_, ticks) => ticks.map((tick) => `${tick}${unit}`) }],
    series: [{}, ...series.map((one) => ({ stroke: color(`--line-${one.color}`), width: 2, points: { show: one.values.length < 3 }, spanGaps: true }))],
  };
}

const hourAndMinute = (seconds) => new Date(seconds * 1000).toTimeString().slice(0, 5);
