import { lineSafe } from "../../../base/text.ts";
import { milliseconds } from "../../words.ts";
import type { RttGraph } from "./rttgraph.ts";

/** Of the drawing, in units of its own; it is as wide as its place. */
const WIDTH = 260;
const HEIGHT = 72;

/** Round trips of the last five minutes, with gaps where there was no connection. */
export function RttPlot({ graph }: { readonly graph: RttGraph | undefined }) {
  if (graph === undefined) {
    return <p className="muted rtt-none">Nothing was measured in the last five minutes.</p>;
  }
  const { lines, topMs, text } = graph;
  const last = lines.at(-1)?.at(-1);
  return (
    <figure className="rtt-plot">
      <figcaption className="hidden">{lineSafe(text)}</figcaption>
      <div className="rtt-scale number" aria-hidden="true">
        <span>{milliseconds(topMs)}</span>
        <span>0</span>
      </div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {[0, 0.5, 1].map((part) => (
          <line key={part} className="rtt-grid" x2={WIDTH} y1={part * HEIGHT} y2={part * HEIGHT} />
        ))}
        {lines.map((line) => (
          <g key={line[0]?.x}>
            <path
              className="rtt-area"
              d={`${pathOf(line)}V${HEIGHT}H${(line[0]?.x ?? 0) * WIDTH}Z`}
            />
            <path className="rtt-line" d={pathOf(line)} />
          </g>
        ))}
        {last !== undefined && <path className="rtt-last" d={pathOf([last])} />}
      </svg>
      <div className="rtt-times" aria-hidden="true">
        <span>5 min ago</span>
        <span>now</span>
      </div>
    </figure>
  );
}

/** A single point is a line of no length, which round ends make a dot. */
function pathOf(line: RttGraph["lines"][number]): string {
  const points = line.map(({ x, y }) => `${round(x * WIDTH)} ${round(y * HEIGHT)}`);
  const [only = ""] = points;
  return points.length === 1 ? `M${only}h0.01` : `M${points.join("L")}`;
}

function round(units: number): number {
  return Math.round(units * 10) / 10;
}
