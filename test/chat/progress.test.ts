import { expect, test } from "bun:test";
import { Outputs } from "../../lib/chat/outputs.ts";
import { Progress } from "../../lib/chat/progress.ts";
import { openRoom } from "../../lib/chat/rooms.ts";

const ROOM = openRoom("#lobby");
const SECOND = 1_000;

/** Of a room with others in it. */
function stage() {
  const outputs = new Outputs();
  const progress = new Progress({ outputs, mates: { isAlone: () => false } });
  let now = 0;
  const told: string[] = [];
  const pass = (ms: number): void => {
    now += ms;
    progress.handleTimeout(now);
    for (let output = outputs.poll(); output !== undefined; output = outputs.poll()) {
      if (output.kind !== "event" || output.event.kind !== "sync") continue;
      told.push(`${output.event.state} ${output.event.missing}`);
    }
  };
  const change = (missing: number, received: number, isHopeless: boolean): void => {
    progress.onChanged(now, ROOM, { missing, received, isHopeless });
  };
  return { told, pass, change };
}

test("that nobody has what is missing is said once, however often they are asked", () => {
  const { told, pass, change } = stage();
  change(8, 0, false);
  pass(SECOND);
  change(8, 0, true);
  pass(0);

  for (let i = 0; i < 5; i++) {
    change(8, 0, false);
    pass(10 * SECOND);
    change(8, 0, true);
    pass(0);
  }

  expect(told).toEqual(["catching-up 8", "incomplete 8"]);
});

test("where something comes after all, or more is missing, that is told", () => {
  const { told, pass, change } = stage();
  change(8, 0, true);
  pass(0);

  change(5, 3, false);
  pass(SECOND);
  change(5, 0, true);
  pass(0);
  change(9, 0, false);
  pass(SECOND);
  change(0, 9, true);
  pass(0);

  expect(told).toEqual([
    "incomplete 8",
    "catching-up 5",
    "incomplete 5",
    "catching-up 9",
    "complete 0",
  ]);
});
