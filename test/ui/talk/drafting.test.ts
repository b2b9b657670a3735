import { expect, test } from "bun:test";
import type { Asked } from "../../../lib/contract/asked.ts";
import type { DraftEvent } from "../../../lib/node/shellevents.ts";
import { Drafting } from "../../../lib/ui/talk/drafting.ts";
import { NOW } from "../../contract/events.ts";

function begun() {
  const told: Asked[] = [];
  const drafting = new Drafting((asked) => told.push(asked));
  const write = (now: number, key: string, text: string): void => {
    drafting.onWritten(now, { key, to: key }, { text, replyTo: null });
    drafting.flush(now);
  };
  return { drafting, told, write };
}

function elsewhere(room: string, text: string): DraftEvent {
  return { type: "draft", room, text, replyTo: null };
}

test("what another face writes is put off while somebody types there, and given back then", () => {
  const { drafting, write } = begun();
  write(NOW, "#ops", "half");
  const theirs = elsewhere("#ops", "theirs");

  expect(drafting.takes(NOW + 10, "#ops", theirs)).toBe(false);
  expect(drafting.handleTimeout(NOW + 999)).toBeUndefined();
  expect(drafting.handleTimeout(drafting.pollTimeout())).toEqual(theirs);
  expect(drafting.takes(NOW + 1000, "#ops", theirs)).toBe(true);
});

test("what was put off comes also where somebody has gone on to type elsewhere", () => {
  const { drafting, write } = begun();
  write(NOW, "#ops", "half");
  const [first, second] = [elsewhere("#ops", "first"), elsewhere("#lobby", "second")];
  drafting.takes(NOW + 10, "#ops", first);
  write(NOW + 500, "#lobby", "a thought");
  drafting.takes(NOW + 510, "#lobby", second);

  expect(drafting.handleTimeout(NOW + 1000)).toEqual(first);
  expect(drafting.handleTimeout(NOW + 1000)).toBeUndefined();
  expect(drafting.handleTimeout(NOW + 1500)).toEqual(second);
  expect(drafting.pollTimeout()).toBe(Infinity);
});

test("who types on there is not given it back", () => {
  const { drafting, write } = begun();
  write(NOW, "#ops", "half");
  drafting.takes(NOW + 10, "#ops", elsewhere("#ops", "theirs"));
  write(NOW + 500, "#ops", "half a thought");

  expect(drafting.handleTimeout(NOW + 2000)).toBeUndefined();
});
