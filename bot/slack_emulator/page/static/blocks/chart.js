/** A chart: bars, lines, areas or a pie, as one picture with its numbers for who does not see it. */
import { html } from "../html.js";

const WIDE = 560;
const HIGH = 190;
const LEFT = 40;
const BOTTOM = 24;
const TOP = 10;
const HUES = ["#4a78c2", "#d98a3a", "#4f9d69", "#a566b5", "#c25b5b", "#7a7f87"];

export const Chart = ({ block }) => {
  const { chart, title } = block;
  const Kind = chart.type === "pie" ? Pie : Plot;
  const series = chart.type === "pie" ? chart.segments.map(({ label }) => label) : chart.series.map(({ name }) => name);
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDE} ${HIGH}" role="img" aria-label="${title}: ${told(chart)}">
      <${Kind} chart=${chart} />
    </svg>
    <ul class="chart-key">
      ${series.map((name, place) => html`<li><i style=${`background:${hue(place)}`}></i>${name}</li>`)}
    </ul>
  </figure>`;
};

const hue = (place) => HUES[place % HUES.length];

/** The numbers in words. */
function told(chart) {
  const points = (data) => data.map(({ label, value }) => `${label} ${value}`).join(", ");
  if (chart.type === "pie") return points(chart.segments);
  return chart.series.map(({ name, data }) => `${name}: ${points(data)}`).join("; ");
}

function Plot({ chart }) {
  const { categories, y_label: aside } = chart.axis_config;
  const rows = chart.series.map(({ data }) =>
    categories.map((category) => data.find(({ label }) => label === category)?.value ?? 0),
  );
  const steps = ticks(Math.min(0, ...rows.flat()), Math.max(0, ...rows.flat()));
  const [low, high] = [steps[0], steps[steps.length - 1]];
  const y = (value) => TOP + ((high - value) / (high - low)) * (HIGH - TOP - BOTTOM);
  const room = (WIDE - LEFT) / categories.length;
  const Kind = chart.type === "bar" ? Bars : Lines;
  return html`<g>
    ${steps.map(
      (step) => html`<g>
        <line class="chart-line" x1=${LEFT} x2=${WIDE} y1=${y(step)} y2=${y(step)} />
        <text class="chart-word" x=${LEFT - 6} y=${y(step) + 4} text-anchor="end">${step}</text>
      </g>`,
    )}
    ${categories.map(
      (category, place) =>
        html`<text class="chart-word" x=${LEFT + room * (place + 0.5)} y=${HIGH - 6} text-anchor="middle">${category}</text>`,
    )}
    <${Kind} rows=${rows} room=${room} y=${y} filled=${chart.type === "area"} />
    ${aside && html`<text class="chart-word" x="8" y=${HIGH / 2} text-anchor="middle" transform="rotate(-90 8 ${HIGH / 2})">${aside}</text>`}
  </g>`;
}

function Bars({ rows, room, y }) {
  const wide = (room * 0.7) / rows.length;
  return rows.map((row, series) =>
    row.map((value, place) => {
      const x = LEFT + room * place + room * 0.15 + wide * series;
      const top = Math.min(y(value), y(0));
      return html`<rect x=${x} y=${top} width=${wide - 1} height=${Math.abs(y(value) - y(0))} rx="2" fill=${hue(series)} />`;
    }),
  );
}

function Lines({ rows, room, y, filled }) {
  const x = (place) => LEFT + room * (place + 0.5);
  return rows.map((row, series) => {
    const path = row.map((value, place) => `${place ? "L" : "M"}${x(place)} ${y(value)}`).join(" ");
    const under = `${path} L${x(row.length - 1)} ${y(0)} L${x(0)} ${y(0)} Z`;
    return html`<g>
      ${filled && html`<path d=${under} fill=${hue(series)} opacity="0.25" />`}
      <path d=${path} fill="none" stroke=${hue(series)} stroke-width="2" />
    </g>`;
  });
}

function Pie({ chart }) {
  const all = chart.segments.reduce((sum, { value }) => sum + value, 0);
  const radius = HIGH / 2 - 6;
  let before = 0;
  return chart.segments.map(({ value }, place) => {
    const from = before / all;
    before += value;
    return html`<path d=${slice(from, before / all, radius)} fill=${hue(place)} />`;
  });
}

/** A slice of a circle in the middle, between two parts of a whole turn. */
function slice(from, to, radius) {
  const [x, y] = [WIDE / 2, HIGH / 2];
  const at = (part) => {
    const angle = 2 * Math.PI * (Math.min(part, from + 0.9999) - 0.25);
    return `${x + radius * Math.cos(angle)} ${y + radius * Math.sin(angle)}`;
  };
  return `M${x} ${y} L${at(from)} A${radius} ${radius} 0 ${to - from > 0.5 ? 1 : 0} 1 ${at(to)} Z`;
}

/** Whole steps from the least to the most, five or fewer apart. */
function ticks(least, most) {
  const span = Math.max(most - least, 1);
  const rough = span / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * unit).find((size) => size >= rough) ?? rough;
  const whole = span >= 4 ? step : 1;
  const found = [];
  for (let at = Math.floor(least / whole) * whole; at < most + whole; at += whole) found.push(Number(at.toFixed(6)));
  return found;
}
