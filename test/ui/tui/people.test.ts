import { expect, test } from "bun:test";
import { ALICE, BOB, DIRECT, peer } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

test("where people have little room, names have what the paths leave", () => {
  const stage = Stage.ascii({ columns: 100, lines: 24 });
  const long = { ...BOB, name: "bartholomew" };
  const near = { ...DIRECT, kind: "lan", rttMs: 1.2 } as const;
  stage.tell({ ...peer(long, "connected"), path: near });

  expect(stage.text).toMatch(/\* bartholomew +lan +1ms/);
  stage.tell({ ...peer(ALICE, "connected"), path: { ...DIRECT, rttMs: 241 } });
  expect(stage.text).toMatch(/\* alice +direct 241ms/);
  expect(stage.text).toMatch(/\* barth\S+ +lan +1ms/);
});
