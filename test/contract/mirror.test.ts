/** What is said in one face of a node is told to its others. */
import { expect, test } from "bun:test";
import type { Asked } from "../../lib/contract/asked.ts";
import { Mirror, type Mirrored } from "../../lib/contract/mirror.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import type { KeptMessageEvent, KeptStateEvent } from "../../lib/node/sayings.ts";
import { ALICE, BOB, ME, NOW, ready, status } from "./events.ts";

function kept(id: string, states: readonly KeptStateEvent[]): KeptMessageEvent {
  const place = { sentAtMs: NOW, tick: 7, seq: 3 };
  return { id, room: "@bob", from: ME, text: "hi", ...place, action: true, states };
}

function page(req: string | null, messages: readonly KeptMessageEvent[]): PeerEvent {
  const about = { room: "@bob", hasBefore: true, hasAfter: false, damaged: 0 };
  return { type: "reply", req, command: "history", messages, ...about };
}

function begun(...commands: readonly Asked[]): Mirror {
  const mirror = new Mirror();
  mirror.handleEvent(ready());
  for (const command of commands) mirror.handleCommand(command);
  return mirror;
}

/** The request of the question that this is. */
function questionIn(mirrored: readonly Mirrored[]): string | null {
  const [first] = mirrored;
  if (first?.kind !== "question") throw new Error("Nothing was asked");
  return first.command.req;
}

const SEND = { type: "send", req: "1 7", to: "@bob", text: "hi", action: true } as const;
const QUEUED = status("queued", { req: "1 7", id: "m1" });

test("a message is looked up, and told with what has become of it", () => {
  const mirror = begun(SEND);

  const asked = mirror.handleEvent(QUEUED);
  const place = { room: null, with: "@bob", before: null, after: null, around: "m1", limit: 1 };
  const req = questionIn(asked);
  expect(asked).toEqual([{ kind: "question", command: { type: "history", req, ...place } }]);
  expect(mirror.handleEvent(page("1 8", [kept("m1", [])]))).toEqual([]);

  const delivered = { state: "delivered", by: BOB, reason: null } as const;
  const said = { id: "m1", room: "@bob", from: ME, text: "hi", action: true } as const;
  expect(mirror.handleEvent(page(req, [kept("m0", []), kept("m1", [delivered])]))).toEqual([
    {
      kind: "told",
      req: "1 7",
      events: [
        { type: "message", ...said, sentAtMs: NOW, tick: 7, seq: 3, isLate: false },
        status("queued", { id: "m1" }),
        status("delivered", { id: "m1", by: BOB }),
      ],
    },
  ]);
  expect(mirror.handleEvent(page(req, [kept("m1", [delivered])]))).toEqual([]);
});

test("who holds what waits is told, and in a room it is the room that is looked at", () => {
  const mirror = begun({ ...SEND, to: "#dev" });
  const asked = mirror.handleEvent({ ...QUEUED, room: "#dev" });
  expect(asked).toMatchObject([{ command: { room: "#dev", with: null, around: "m1" } }]);

  const waits = { state: "queued", by: BOB, reason: null, heldBy: [ALICE] } as const;
  const refused = { state: "failed", by: ALICE, reason: "full" } as const;
  const told = mirror.handleEvent(page(questionIn(asked), [kept("m1", [waits, refused])]));
  expect(told).toMatchObject([
    {
      events: [
        { type: "message" },
        status("queued", { id: "m1" }),
        { type: "held", req: null, id: "m1", room: "@bob", by: ALICE },
        status("failed", { id: "m1", by: ALICE, reason: "full" }),
      ],
    },
  ]);
});

test.each<[Asked, PeerEvent]>([
  [
    { type: "edit", req: "1 7", id: "m1", text: "better" },
    { type: "edited", id: "m1", room: "@bob", from: ME, text: "better" },
  ],
  [
    { type: "delete", req: "1 7", id: "m1" },
    { type: "deleted", id: "m1", room: "@bob", from: ME },
  ],
  [
    { type: "react", req: "1 7", id: "m1", emoji: "👍", on: false },
    { type: "reaction", id: "m1", room: "@bob", from: ME, emoji: "👍", isOn: false },
  ],
  [
    { type: "topic", req: "1 7", room: "@bob", topic: "" },
    { type: "topic", room: "@bob", from: ME, topic: "" },
  ],
])("%j is told as if others had said it, once it is kept", (command, event) => {
  const mirror = begun(command);
  expect(mirror.handleEvent(status("queued", { req: "2 7", id: "m2" }))).toEqual([]);
  expect(mirror.handleEvent(status("sent", { req: "1 7", id: "m2" }))).toEqual([]);

  const queued = status("queued", { req: "1 7", id: "m2" });
  expect(mirror.handleEvent(queued)).toEqual([{ kind: "told", req: "1 7", events: [event] }]);
  expect(mirror.handleEvent(queued)).toEqual([]);
});

test("an edit that takes the place of what waits is one, and follows it to another id", () => {
  const mirror = begun({ type: "edit", req: "1 7", id: "m1", text: "better" });
  expect(mirror.handleEvent(status("queued", { id: "m9", was: "m1" }))).toEqual([]);

  const reworded = status("queued", { req: "1 7", id: "m9", isReworded: true });
  const about = { id: "m9", room: "@bob", from: ME } as const;
  const edited = { type: "edited", ...about, text: "better", isReworded: true } as const;
  expect(mirror.handleEvent(reworded)).toEqual([{ kind: "told", req: "1 7", events: [edited] }]);
});

test("of what is refused, lost, taken back, only asked, or gone nothing is told", () => {
  const asking = { type: "topic", req: "1 7", room: "#dev", topic: null } as const;
  expect(begun(asking).handleEvent(QUEUED)).toEqual([]);
  expect(begun({ ...SEND, req: null }).handleEvent({ ...QUEUED, req: null })).toEqual([]);

  const refused = begun(SEND);
  refused.handleEvent({ type: "error", req: "1 7", code: "NO_PEER", text: "nobody" });
  expect(refused.handleEvent(QUEUED)).toEqual([]);

  const lost = begun(SEND);
  lost.handleEvent(status("failed", { req: "1 7", id: "lost-1", reason: "disk" }));
  expect(lost.handleEvent(QUEUED)).toEqual([]);

  // No answer bears the request of a deletion of what nobody had got.
  const again = { type: "edit", req: "1 7", id: "m2", text: "x" } as const;
  const taken = begun({ type: "delete", req: "1 7", id: "m1" }, again);
  taken.handleEvent(status("failed", { id: "m1", by: BOB, reason: "cancelled" }));
  expect(taken.handleEvent(QUEUED)).toMatchObject([{ events: [{ type: "edited", id: "m2" }] }]);

  const gone = begun(SEND);
  const req = questionIn(gone.handleEvent(QUEUED));
  expect(gone.handleEvent(page(req, []))).toEqual([]);
});

test("few are looked up at once, the others as the answers come, in their order", () => {
  const ids = Array.from({ length: 20 }, (_, i) => `m${i}`);
  const mirror = begun(...ids.map((id) => ({ ...SEND, req: `1 ${id}` })));
  const asked = ids.flatMap((id) => [
    ...mirror.handleEvent(status("queued", { req: `1 ${id}`, id })),
  ]);
  expect(asked.length).toBe(8);

  const told: string[] = [];
  const open = [...asked];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (next.kind === "told") told.push(next.req);
    else if (next.command.around === "m3") {
      const { req } = next.command;
      open.push(...mirror.handleEvent({ type: "error", req, code: "INTERNAL", text: "no" }));
    } else
      open.push(
        ...mirror.handleEvent(page(next.command.req, [kept(`${next.command.around}`, [])])),
      );
  }
  expect(told).toEqual(ids.filter((id) => id !== "m3").map((id) => `1 ${id}`));
});

test("of too many that wait the first are let go", () => {
  const ids = Array.from({ length: 1100 }, (_, i) => `m${i}`);
  const mirror = begun();
  const asked = ids.flatMap((id) => {
    mirror.handleCommand({ ...SEND, req: id });
    return mirror.handleEvent(status("queued", { req: id, id }));
  });
  const req = questionIn(asked);

  const [told, next] = mirror.handleEvent(page(req, [kept("m0", [])]));
  expect(told).toMatchObject({ kind: "told", req: "m0" });
  expect(next).toMatchObject({ command: { around: `m${1100 - 1024}` } });
});
