import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Recent } from "../../lib/rendezvous/recent.ts";
import { Roll } from "../../lib/rendezvous/roll.ts";
import { type Membership, TopicTable } from "../../lib/rendezvous/topics.ts";
import { START } from "./people.ts";

describe("a roll", () => {
  test("numbers from 1 on and gives no number twice", () => {
    const roll = new Roll<string>();

    const numbers = ["ann", "bob", "carol"].map((name) => roll.add(name));
    roll.remove(3);
    roll.remove(1);

    expect(numbers).toEqual([1, 2, 3]);
    expect(roll.add("dave")).toBe(4);
    expect([...roll.above(0)]).toEqual(["bob", "dave"]);
    expect([...roll.above(2)]).toEqual(["dave"]);
    expect(roll.get(1)).toBeUndefined();
    expect(roll.get(4)).toBe("dave");
    expect(roll.get(5)).toBeUndefined();
  });

  test("is a map in ascending order, whatever comes and goes", () => {
    const step = fc.option(fc.nat({ max: 40 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.nat({ max: 80 }), (steps, after) => {
        const [roll, model] = [new Roll<number>(), new Map<number, number>()];
        let last = 0;
        for (const gone of steps) {
          if (gone === undefined) {
            last += 1;
            expect(roll.add(1000 + last)).toBe(last);
            model.set(last, 1000 + last);
          } else {
            roll.remove(gone);
            model.delete(gone);
          }
        }

        expect(roll.size).toBe(model.size);
        expect([...roll.above(0)]).toEqual([...model.values()]);
        const above = [...model].filter(([number]) => number > after);
        expect([...roll.above(after)]).toEqual(above.map(([, value]) => value));
        expect(roll.get(after)).toBe(model.get(after));
      }),
    );
  });
});

describe("a topic", () => {
  test("yields its newest members first, as many as asked for", () => {
    const topics = new TopicTable<string>();

    for (const name of ["ann", "bob", "carol"]) topics.join("t", name);

    expect(topics.newest("t", 64)).toEqual(["carol", "bob", "ann"]);
    expect(topics.newest("t", 2)).toEqual(["carol", "bob"]);
    expect(topics.newest("other", 64)).toEqual([]);
  });

  test("is a list in the order of joining, whoever leaves", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), (steps) => {
        const topics = new TopicTable<number>();
        const model = new Map<number, Membership<number>>();
        for (const member of steps) {
          const membership = model.get(member);
          model.delete(member);
          if (membership !== undefined) {
            topics.leave(membership);
            continue;
          }
          const joined = topics.join("t", member);
          if (joined !== undefined) model.set(member, joined);
        }

        expect(topics.newest("t", 64)).toEqual([...model.keys()].toReversed());
        expect(topics.size).toBe(model.size);
      }),
    );
  });

  test("takes nobody in when the table is full, until somebody leaves", () => {
    const topics = new TopicTable<string>(2);
    const ann = topics.join("t", "ann");
    topics.join("u", "ann");

    expect(topics.join("v", "ann")).toBeUndefined();
    expect(topics.newest("v", 1)).toEqual([]);
    if (ann !== undefined) topics.leave(ann);
    expect(topics.join("v", "ann")).toBeDefined();
  });
});

describe("a table of the recent", () => {
  test("forgets what was not touched for its age", () => {
    const recent = new Recent<string>(100, 10);
    recent.set(START, "ann", "a");
    recent.set(START + 50, "bob", "b");
    recent.set(START + 60, "ann", "a2");

    expect(recent.get(START + 149, "bob")).toBe("b");
    expect(recent.get(START + 150, "bob")).toBeUndefined();
    expect(recent.get(START + 159, "ann")).toBe("a2");
    expect(recent.get(START + 160, "ann")).toBeUndefined();
  });

  test("is empty at last, and then has nothing due", () => {
    const recent = new Recent<string>(100, 10);
    expect(recent.nextExpiry()).toBe(Infinity);
    recent.set(START, "ann", "a");

    const due: number[] = [];
    for (let at = recent.nextExpiry(); at !== Infinity; at = recent.nextExpiry()) {
      due.push(at);
      recent.expire(at);
    }

    expect(due).toEqual([START + 100, START + 200]);
    expect(recent.size).toBe(0);
  });

  test("holds no more than its limit, and of what it holds the newest half always", () => {
    const keys = fc.array(fc.nat({ max: 30 }), { maxLength: 100 });
    fc.assert(
      fc.property(keys, (touched) => {
        const recent = new Recent<number>(1e6, 10);
        for (const [i, key] of touched.entries()) {
          recent.set(START + i, `${key}`, i);
          expect(recent.size).toBeLessThanOrEqual(10);
        }

        const newest = [...new Set(touched.toReversed())].slice(0, 5);
        for (const key of newest) {
          expect(recent.get(START + 100, `${key}`)).toBe(touched.lastIndexOf(key));
        }
      }),
    );
  });
});
