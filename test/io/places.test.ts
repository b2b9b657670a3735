import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { RoomId } from "../../lib/base/ids.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import { ArchiveReader } from "../../lib/io/history/archivereader.ts";
import { Store } from "../../lib/io/store.ts";
import { Chronicle, said } from "./support/chronicle.ts";
import { ANN, BOB, DEV, LOBBY } from "./support/entries.ts";
import { scratch } from "./support/scratch.ts";

const opened: { close(): void }[] = [];

afterEach(() => {
  for (const one of opened.splice(0).toReversed()) one.close();
});

/** Two rooms called #den, in each of which Bob has said something. */
const [OLD, NEW] = [DEV, LOBBY];
const MESSAGES = [OLD, NEW].map((room) => messageId(room, BOB, 1));
const LABELS = [OLD, NEW].map((room) => `#den~${room.slice(0, 8)}`);

function begin() {
  const file = join(scratch(), "p2pchat.db");
  const store = Store.open(file, ANN);
  opened.push(store);
  const chronicle = new Chronicle();
  store.commit(
    [OLD, NEW].map((room) => {
      return Object.assign(chronicle.run(BOB, [said("hi", 5)], room), { kind: "heard" as const });
    }),
  );
  const be = (room: RoomId, joined: boolean, name = "#den") => {
    store.commit([{ kind: "room", room, name, joined }]);
  };
  const reader = () => {
    const one = ArchiveReader.open(file, ANN);
    opened.push(one);
    return one;
  };
  return { store, be, reader };
}

function locate(store: Store, about: { prefix?: string; joined?: RoomId; message?: string }) {
  const nothing = { prefix: "", joined: undefined, message: undefined };
  return store.load({ kind: "place", step: "called", name: "#den", ...nothing, ...about });
}

function labelsIn(store: Store): readonly string[] {
  const found = store.load({ kind: "search", text: "hi", room: undefined, limit: 9 });
  if (found.kind !== "search" || found.step !== "page") throw new Error("Nothing was searched");
  return found.messages.map(({ where }) => (where.kind === "room" ? where.name : "?")).toSorted();
}

test("a room that was left is found by its name, and by what was said there", () => {
  const { store, be, reader } = begin();
  be(OLD, false);
  const keep = { kind: "age", ms: 3_600_000 } as const;
  store.commit([{ kind: "retention", room: OLD, keep }]);

  const found = { kind: "place", step: "found", room: OLD, label: "#den", keep } as const;
  expect(locate(store, {})).toEqual(found);
  expect(locate(store, { message: MESSAGES[0] ?? "" })).toEqual(found);
  expect(reader().roomsCalled({ name: "#den", prefix: "" })).toEqual([
    { room: OLD, label: "#den" },
  ]);
});

test("of two rooms of one name the one that one is in has it, the other its id as well", () => {
  const { store, be, reader } = begin();
  be(OLD, false);
  expect(labelsIn(store)).toContain("#den");
  be(NEW, true);

  expect(labelsIn(store)).toEqual(["#den", LABELS[0] ?? ""]);
  expect(locate(store, { joined: NEW })).toMatchObject({ room: NEW, label: "#den" });
  const old = { room: OLD, label: LABELS[0] ?? "" };
  expect(locate(store, { joined: NEW, message: MESSAGES[0] ?? "" })).toMatchObject(old);
  expect(locate(store, { prefix: OLD.slice(0, 8), joined: NEW })).toMatchObject(old);
  const both = reader().roomsCalled({ name: "#den", prefix: "" });
  expect(both).toEqual([{ room: NEW, label: "#den" }, old]);
});

test("a room just joined that the disk has not taken yet is called as it was joined", () => {
  const { store } = begin();

  expect(locate(store, { joined: NEW })).toMatchObject({ room: NEW, label: "#den" });
});

test("of two that were both left neither is meant by the name alone", () => {
  const { store, be, reader } = begin();
  be(OLD, false);
  be(NEW, false);

  const labels = LABELS.toSorted();
  expect(labelsIn(store)).toEqual(labels);
  expect(locate(store, {})).toEqual({ kind: "place", step: "ambiguous", labels });
  const called = reader().roomsCalled({ name: "#den", prefix: "" });
  expect(called.map(({ label }) => label)).toEqual(labels);
});

test("a room that one is not in, and of which nothing is kept, is unknown", () => {
  const { store } = begin();
  const keep = { kind: "all" } as const;

  expect(locate(store, {})).toEqual({ kind: "place", step: "unknown" });
  expect(locate(store, { prefix: "00" })).toEqual({ kind: "place", step: "unknown" });
  expect(locate(store, { joined: OLD })).toMatchObject({ step: "found", room: OLD });
  const direct = store.load({ kind: "place", step: "room", room: OLD });
  expect(direct).toEqual({ kind: "place", step: "found", room: OLD, label: undefined, keep });
});
