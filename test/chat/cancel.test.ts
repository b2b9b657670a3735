import { expect, test } from "bun:test";
import { directRoom } from "../../lib/chat/rooms.ts";
import type { Said } from "../../lib/chat/said.ts";
import type { SendResult } from "../../lib/chat/speech.ts";
import { decodeRun } from "../../lib/wire/entry.ts";
import { type Person, World } from "./world.ts";

/** Ann and Bob have met, and he is away. */
function stage() {
  const world = new World("ann", "bob", "carol");
  const [ann, bob, carol] = [world.person(0), world.person(1), world.person(2)];
  world.connect(ann, bob);
  world.settle();
  world.disconnect(ann, bob);
  const change = (said: Said): string => {
    const destination = { kind: "direct", peer: bob.id } as const;
    const sent = ann.chat.send(world.now, destination, said, null);
    world.settle();
    return idOf(sent);
  };
  const say = (text: string): string => change(text);
  const cancel = (id: string): string | undefined => {
    const before = ann.of("withdrawn").length;
    ann.chat.cancel(id, "c");
    world.settle();
    const [answer, ...more] = ann.of("withdrawn").slice(before);
    if (answer === undefined || more.length > 0) throw new Error("It is answered once");
    return answer.fault;
  };
  return { world, ann, bob, carol, say, change, cancel };
}

const textsOf = ({ texts }: Person): string[] => texts;

test("what waits for somebody away is taken back, and what was said after it arrives", () => {
  const { world, ann, bob, say, cancel } = stage();
  say("one");
  const second = say("two");
  say("three");

  const fault = cancel(second);
  world.connect(ann, bob);
  world.settle();
  world.disconnect(ann, bob);
  world.connect(ann, bob);
  say("four");

  expect(fault).toBeUndefined();
  expect(textsOf(bob)).toEqual(["one", "three", "four"]);
  expect(ann.statuses("failed")).toMatchObject([{ id: second, by: bob.id, reason: "cancelled" }]);
  expect(ann.statuses("delivered")).toHaveLength(3);
  expect(ann.store.waiting(bob.id)).toBe(0);
  expect(ann.chat.waiting()).toEqual([]);
});

test("what is taken back stays so when the program starts anew", () => {
  const { world, ann, bob, say, cancel } = stage();
  const first = say("one");
  say("two");
  world.restart(ann);

  const fault = cancel(first);
  world.restart(ann);
  world.connect(ann, bob);
  world.settle();

  expect(fault).toBeUndefined();
  expect(textsOf(bob)).toEqual(["two"]);
});

test("what was on its way once is not taken back, whether it arrived or not", () => {
  const { world, ann, bob, say, cancel } = stage();
  const id = say("one");
  world.connect(ann, bob);
  while (world.drain(ann) || world.stepDisk(ann));
  const underWay = cancelOnly(world, ann, id);
  world.disconnect(ann, bob);

  const away = cancel(id);
  world.restart(ann);
  const later = cancel(id);
  world.connect(ann, bob);
  world.settle();
  const delivered = cancel(id);

  expect([underWay, away, later]).toEqual(["sent", "sent", "sent"]);
  expect(delivered).toBe("settled");
  expect(textsOf(bob)).toEqual(["one"]);
  expect(ann.statuses("failed")).toEqual([]);
});

test("what was made while they were here is not taken back, even if it never left", () => {
  const { world, ann, bob, say, cancel } = stage();
  world.connect(ann, bob);
  world.settle();
  bob.store.refusing = true;
  const id = say("one");
  world.disconnect(ann, bob);
  world.restart(ann);

  expect(cancel(id)).toBe("sent");
});

test("nobody takes back what is said in a room, what others said, or what is not there", () => {
  const { world, ann, bob, carol, say, cancel } = stage();
  const room = world.meet("#lobby");
  world.disconnect(ann, bob);
  const inRoom = ann.chat.send(world.now, { kind: "room", room }, "all", null);
  world.settle();
  const theirs = carol.chat.send(world.now, { kind: "direct", peer: ann.id }, "hi", null);
  world.settle();
  const last = say("one");

  expect(cancel(idOf(inRoom))).toBe("room");
  expect(cancel(idOf(theirs))).toBe("unknown");
  expect(cancel(`${last.slice(0, -1)}9`)).toBe("unknown");
  expect(cancel("m1")).toBe("unknown");
  expect(cancel("")).toBe("unknown");
});

test("of several that were said at once to somebody away each can be taken back", () => {
  const { world, ann, bob, cancel } = stage();
  const destination = { kind: "direct", peer: bob.id } as const;
  const [one, two, three] = ["one", "two", "three"].map((text) => {
    return ann.chat.send(world.now, destination, text, null);
  });
  if (one === undefined || two === undefined || three === undefined) throw new Error("None");
  world.settle();

  const fault = cancel(idOf(two));
  world.connect(ann, bob);
  world.settle();

  expect(fault).toBeUndefined();
  expect(textsOf(bob)).toEqual(["one", "three"]);
  expect(ann.statuses("failed")).toMatchObject([{ id: idOf(two), reason: "cancelled" }]);
});

test("one of several that were said at once in a session goes with the others", () => {
  const { world, ann, bob, cancel } = stage();
  const destination = { kind: "direct", peer: bob.id } as const;
  world.connect(ann, bob);
  world.settle();
  const sent = ["one", "two"].map((text) => ann.chat.send(world.now, destination, text, null));
  world.disconnect(ann, bob);
  world.settle();

  const faults = sent.map((one) => cancel(idOf(one)));
  world.connect(ann, bob);
  world.settle();

  expect(faults).toEqual(["together", "together"]);
  expect(textsOf(bob)).toEqual(["one", "two"]);
});

test("what waits and was edited arrives in that order, as it is now", () => {
  const { world, ann, bob, say, change } = stage();
  say("one");
  change({ kind: "edit", seq: 1, text: "two" });

  world.connect(ann, bob);
  world.settle();

  const runs = world.messages.flatMap(({ message }) => {
    return message.kind === "entries" ? [decodeRun(message.run)?.seq] : [];
  });
  expect(runs).toEqual([1, 2]);
  expect(textsOf(bob)).toEqual(["one"]);
  expect(bob.store.holds(directRoom(ann.id, bob.id), ann.id, 2)).toBe(true);
});

test("what was changed while it waited is taken back with its changes", () => {
  const { world, ann, bob, say, change, cancel } = stage();
  const id = say("one");
  const edit = change({ kind: "edit", seq: 1, text: "two" });
  say("three");

  const ofEdit = cancel(edit);
  const fault = cancel(id);
  world.connect(ann, bob);
  world.settle();

  expect(ofEdit).toBe("unknown");
  expect(fault).toBeUndefined();
  expect(textsOf(bob)).toEqual(["three"]);
  expect(bob.store.entries().filter(({ author }) => author === ann.id)).toHaveLength(1);
  expect(ann.statuses("failed").map((status) => status.id)).toEqual([id, edit]);
  expect(ann.store.waiting(bob.id)).toBe(0);
});

test("a disk that refuses takes nothing back, and what waits still arrives", () => {
  const { world, ann, bob, say, cancel } = stage();
  const id = say("one");
  ann.store.refusing = true;

  const fault = cancel(id);
  ann.store.refusing = false;
  world.connect(ann, bob);
  world.settle();

  expect(fault).toBe("storage");
  expect(textsOf(bob)).toEqual(["one"]);
  expect(ann.statuses("failed")).toEqual([]);
});

test("what our disk refuses to know on its way does not leave, and is still taken back", () => {
  const { world, ann, bob, say, cancel } = stage();
  const id = say("one");
  ann.store.refusing = true;
  world.connect(ann, bob);
  world.settle();
  world.restart(ann);
  ann.store.refusing = false;

  const fault = cancel(id);
  world.connect(ann, bob);
  world.settle();

  expect(fault).toBeUndefined();
  expect(textsOf(bob)).toEqual([]);
});

test("who comes while something is taken back gets it whole or not at all", () => {
  for (let steps = 0; steps < 12; steps++) {
    const { world, ann, bob, say } = stage();
    const id = say("one");
    ann.chat.cancel(id, "c");
    world.drain(ann);
    for (let i = 0; i < steps; i++) world.stepDisk(ann);
    world.connect(ann, bob);
    world.settle();

    const [answer] = ann.of("withdrawn");
    expect(textsOf(bob)).toEqual(answer?.fault === undefined ? [] : ["one"]);
    expect(ann.store.waiting(bob.id)).toBe(0);
  }
});

/** What is answered with nobody else stirring. */
function cancelOnly(world: World, person: Person, id: string): string | undefined {
  person.chat.cancel(id, "c");
  while (world.drain(person) || world.stepDisk(person));
  return person.of("withdrawn").at(-1)?.fault;
}

function idOf(sent: SendResult): string {
  if (!sent.ok || sent.id === undefined) throw new Error("Nothing was said");
  return sent.id;
}
