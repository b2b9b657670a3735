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
