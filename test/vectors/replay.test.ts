import { expect, test } from "bun:test";
import { REPLAY_WINDOW, ReplayWindow } from "../../lib/crypto/replay.ts";
import data from "./replay.json";

/** The value of a term such as `4L-(L-2)`, rounded only at the end. */
function valueOf(term: string): number {
  const inner = /^(.*)\((.*)\)$/.exec(term);
  if (inner) return valueOf(`${inner[1]}${valueOf(inner[2] ?? "")}`);
  const signed = term.split(/(?=[+-])/).filter((part) => part !== "");
  return Number(signed.map(atom).reduce((sum, part) => sum + part, 0n));
}

function atom(text: string): bigint {
  const [, sign, factor, name] = /^([+-]?)(\d*)(W|L|Max|)$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`No term of the vectors: ${text}`);
  const unit = UNITS[name] ?? 1n;
  return (sign === "-" ? -1n : 1n) * (factor ? BigInt(factor) : 1n) * unit;
}

const UNITS: Readonly<Record<string, bigint>> = {
  W: BigInt(REPLAY_WINDOW),
  L: BigInt(REPLAY_WINDOW) + 1n,
  Max: BigInt(Number.MAX_SAFE_INTEGER),
};

function take(window: ReplayWindow, counter: number): boolean {
  const fresh = window.check(counter);
  if (fresh) window.accept(counter);
  return fresh;
}

/** `a..b` in whichever direction, or one counter. */
function counters(term: string): number[] {
  const [first = "", last = first] = term.split("..");
  const [from, to] = [valueOf(first), valueOf(last)];
  const step = from <= to ? 1 : -1;
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => from + step * index);
}

test("the window takes and refuses as the sequence of vectors says", () => {
  const window = new ReplayWindow();

  const played = data.sequence.map((step) => {
    const [term = ""] = step.split(" ");
    return `${term} ${take(window, valueOf(term)) ? 1 : 0}`;
  });

  expect(played).toEqual(data.sequence);
  expect(played.length).toBe(34);
});

for (const { name, steps } of data.runs) {
  test(`the window takes and refuses as the run "${name}" says`, () => {
    const window = new ReplayWindow();

    const wrong = steps.flatMap((step) => {
      const [term = "", accepted] = step.split(" ");
      return counters(term).filter((counter) => take(window, counter) !== (accepted === "1"));
    });

    expect(wrong).toEqual([]);
  });
}
