import { expect, test } from "bun:test";
import type { Asked } from "../../../lib/contract/asked.ts";
import type { DraftEvent } from "../../../lib/node/shellevents.ts";
import { Drafting } from "../../../lib/ui/talk/drafting.ts";
import { NOW } from "../../contract/events.ts";

const PUT_OFF = { key: "#ops" };

function begun() {
  const told: Extract<Asked, { type: "draft" }>[] = [];
  const drafting = new Drafting(
    (asked) => {
      if (asked.type === "draft") told.push(asked);
    },
    (key) => key,
  );
  const write = (now: number, key: string, text: string): void => {
    drafting.onWritten(now, key, { text, replyTo: null });
    drafting.flush(now);
  };
  /** The node tells what was told last, as it tells the other faces. */
  const answer = (now: number): void => {
    const { req = null, to: room = "", text = "" } = told.at(-1) ?? {};
    expect(drafting.takes(now, room, { ...elsewhere(room, text), req })).toBe(false);
  };
  const writeKept = (now: number, key: string, text: string): void => {
    write(now, key, text);
    answer(now);
  };
  return { drafting, told, write, answer, writeKept };
}

function elsewhere(room: string, text: string): DraftEvent {
  return { type: "draft", req: null, room, text, replyTo: null };
}

test("what another face writes is put off while somebody types there, and given back then", () => {
  const { drafting, writeKept } = begun();
  writeKept(NOW, "#ops", "half");
  const theirs = elsewhere("#ops", "theirs");

  expect(drafting.takes(NOW + 10, "#ops", theirs)).toBe(false);
  expect(drafting.handleTimeout(NOW + 999)).toBeUndefined();
  expect(drafting.handleTimeout(drafting.pollTimeout())).toMatchObject({ event: theirs });
  expect(drafting.takes(NOW + 1000, "#ops", theirs)).toBe(true);
});

test("what was put off comes also where somebody has gone on to type elsewhere", () => {
  const { drafting, writeKept } = begun();
  writeKept(NOW, "#ops", "half");
  const [first, second] = [elsewhere("#ops", "first"), elsewhere("#lobby", "second")];
  drafting.takes(NOW + 10, "#ops", first);
  writeKept(NOW + 500, "#lobby", "a thought");
  drafting.takes(NOW + 510, "#lobby", second);

  expect(drafting.handleTimeout(NOW + 1000)).toMatchObject({ ...PUT_OFF, event: first });
  expect(drafting.handleTimeout(NOW + 1000)).toBeUndefined();
  expect(drafting.handleTimeout(NOW + 1500)).toMatchObject({ event: second });
  expect(drafting.pollTimeout()).toBe(Infinity);
});

test("who types on there is not given it back", () => {
  const { drafting, writeKept } = begun();
  writeKept(NOW, "#ops", "half");
  drafting.takes(NOW + 10, "#ops", elsewhere("#ops", "theirs"));
  writeKept(NOW + 500, "#ops", "half a thought");

  expect(drafting.handleTimeout(NOW + 2000)).toBeUndefined();
});

test("what the node tells before its answer is older than what was told here: not taken", () => {
  const { drafting, write, answer } = begun();
  write(NOW, "#ops", "mine");
  const theirs = elsewhere("#ops", "theirs");

  expect(drafting.takes(NOW + 5000, "#ops", theirs)).toBe(false);
  expect(drafting.pollTimeout()).toBe(Infinity);
  answer(NOW + 5001);
  expect(drafting.takes(NOW + 5002, "#ops", theirs)).toBe(true);
});

test("what the node refuses is not waited for", () => {
  const { drafting, told, write } = begun();
  write(NOW, "#ops", "mine");
  const req = told[0]?.req ?? null;
  drafting.handleError({ type: "error", req, code: "USAGE", text: "no" });

  expect(drafting.takes(NOW + 5000, "#ops", elsewhere("#ops", "theirs"))).toBe(true);
});

test("a node that comes is told what none has answered, and of the rest its word stands", () => {
  const { drafting, told, write, writeKept } = begun();
  writeKept(NOW, "#ops", "kept");
  writeKept(NOW, "#dev", "kept and gone");
  write(NOW, "#lobby", "never heard");
  const before = told.length;
  drafting.onReady(NOW + 5000);

  expect(told.slice(before)).toMatchObject([{ to: "#lobby", text: "never heard" }]);
  expect(drafting.takes(NOW + 5010, "#lobby", elsewhere("#lobby", "old"))).toBe(false);
  expect(drafting.takes(NOW + 5010, "#ops", elsewhere("#ops", "kept"))).toBe(true);
  expect(drafting.handleTimeout(drafting.pollTimeout())).toMatchObject({
    key: "#dev",
    event: { text: "" },
  });
  expect(drafting.pollTimeout()).toBe(Infinity);
});

test("what a node answered just before it went is told the next one, and nothing older", () => {
  const { drafting, told, writeKept } = begun();
  writeKept(NOW, "#ops", "written down long since");
  writeKept(NOW + 4000, "#dev", "theirs by now");
  drafting.takes(NOW + 5500, "#dev", elsewhere("#dev", "theirs"));
  writeKept(NOW + 5000, "#lobby", "answered just now");
  const before = told.length;
  drafting.onLost(NOW + 5600);
  drafting.onLost(NOW + 6600);
  expect(drafting.isHeard).toBe(false);
  drafting.onReady(NOW + 9000);

  expect(told.slice(before)).toMatchObject([{ to: "#lobby", text: "answered just now" }]);
});
