import { expect, test } from "bun:test";
import { peerIdOf } from "../../lib/base/ids.ts";
import type { Who } from "../../lib/node/events.ts";
import { Namesakes } from "../../lib/node/namesakes.ts";

function who(name: string, first: number, last = 0): Who {
  const id = new Uint8Array(32);
  id[0] = first;
  id[31] = last;
  return { name, id: peerIdOf(id) };
}

const [BOB, OTHER] = [who("bob", 1), who("bob", 2)];

test("a name alone is who bears it; of several, each has as many digits as it takes", () => {
  const names = new Namesakes(10);
  const near = who("bob", 1, 1);

  expect([names.note(BOB), names.label(BOB)]).toEqual([false, "bob"]);
  expect([names.note(OTHER), names.note(OTHER)]).toEqual([true, false]);
  expect([BOB, OTHER].map((one) => names.label(one))).toEqual(["bob~01000000", "bob~02000000"]);
  names.note(near);

  expect(names.label(OTHER)).toBe("bob~02000000");
  expect(names.label(near)).toBe(`bob~${near.id}`);
  expect(names.find({ name: "bob", prefix: "01" })).toEqual([BOB.id, near.id]);
  for (const one of [BOB, OTHER, near]) {
    const [name = "", prefix = ""] = names.label(one).split("~");
    expect(names.find({ name, prefix })).toEqual([one.id]);
  }
});

test("who takes another name leaves the old one, and of too many the first are forgotten", () => {
  const names = new Namesakes(2);
  names.note(BOB);
  names.note(OTHER);

  expect(names.note({ ...OTHER, name: "robert" })).toBe(false);
  expect(names.label(BOB)).toBe("bob");
  expect(names.note(who("bob", 3))).toBe(false);

  expect(names.nameOf(BOB.id)).toBeUndefined();
  expect(names.find({ name: "bob", prefix: "" })).toEqual([who("bob", 3).id]);
  expect(names.find({ name: "robert", prefix: "" })).toEqual([OTHER.id]);
});

test("who may be taken for another has digits as well, and is meant by the own name alone", () => {
  const names = new Namesakes(10);
  const cyrillic = who("bоb", 2);

  expect([names.note(BOB), names.note(cyrillic)]).toEqual([false, true]);
  expect([BOB, cyrillic].map((one) => names.label(one))).toEqual(["bob~01000000", "bоb~02000000"]);
  expect(names.find({ name: "bob", prefix: "" })).toEqual([BOB.id]);
  expect(names.find({ name: "bоb", prefix: "02" })).toEqual([cyrillic.id]);
  names.forget(cyrillic.id);
  expect(names.label(BOB)).toBe("bob");
});

test("whoever is called as screens call oneself has digits, and is found by the name alone", () => {
  const names = new Namesakes(10);
  const other = who("You", 4);
  names.note(who("you", 3));
  names.note(other);

  expect(names.label(who("you", 3))).toBe("you~03000000");
  expect(names.label(other)).toBe("You~04000000");
  expect(names.find({ name: "You", prefix: "" })).toEqual([other.id]);
});
