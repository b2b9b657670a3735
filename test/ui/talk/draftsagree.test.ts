import { expect, test } from "bun:test";
import { DraftWorld } from "./draftworld.ts";

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);

test.each([
  ["however long their lines take", false],
  ["also where lines break and the node is killed", true],
])("all faces end with the drafts of their node, %s", (_, isBreaking) => {
  const wrongs = SEEDS.flatMap((seed) => {
    const world = new DraftWorld({ seed, isBreaking });
    const ends = world.run();
    const differing = ends.filter((texts) => new Set(texts).size > 1);
    return [...differing.map((texts) => `differ: ${texts.join(" | ")}`), ...world.wrongs].map(
      (wrong) => `seed ${seed}: ${wrong}`,
    );
  });

  expect(wrongs).toEqual([]);
});

test("what somebody writes is in the other faces once they write no more", () => {
  const written = SEEDS.map((seed) => new DraftWorld({ seed, isBreaking: false }).run().flat());

  expect(written.filter((texts) => texts.some((text) => text !== "")).length).toBeGreaterThan(250);
});
