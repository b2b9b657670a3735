import { expect, test } from "bun:test";
import { Receipts } from "../../lib/contract/receipts.ts";
import type { StatusEvent } from "../../lib/node/events.ts";
import { nth } from "../node/end.ts";

const BOB = { id: nth(1).peerId, name: "bob" };

function status(id: string, state: StatusEvent["state"], more: Partial<StatusEvent> = {}) {
  const nothing = { type: "status", req: null, room: "@bob", by: null, reason: null } as const;
  return { ...nothing, id, state, ...more };
}

test("a message that has got another id is waited for under that one alone", () => {
  const receipts = new Receipts();

  receipts.handleStatus(status("m1", "queued"));
  receipts.handleStatus(status("m2", "queued", { was: "m1" }));
  const open = receipts.open.map(({ id }) => id);
  receipts.handleStatus(status("m2", "delivered", { by: BOB }));

  expect(open).toEqual(["m2"]);
  expect(receipts.open).toEqual([]);
});

test("it is not waited for where it was not before, and who has it has it still", () => {
  const receipts = new Receipts();
  const about = { room: "#lobby" };
  receipts.handleStatus(status("m1", "queued", about));
  receipts.handleStatus(status("m2", "queued", about));
  receipts.handleStatus(status("m2", "delivered", { ...about, by: BOB }));

  // Of an earlier run, or settled.
  receipts.handleStatus(status("m5", "queued", { ...about, was: "m0" }));
  receipts.handleStatus(status("m3", "queued", { ...about, was: "m2" }));
  receipts.handleStatus(status("m2", "queued", { ...about, was: "m1" }));

  expect(receipts.open.map(({ id, by }) => [id, by.has(BOB.id)])).toEqual([
    ["m2", false],
    ["m3", true],
  ]);
});
