import { expect, test } from "bun:test";
import type { LogEvent } from "../../lib/node/events.ts";
import type { Client } from "./client.ts";
import type { KindName } from "./kinds.ts";
import { Prng } from "./prng.ts";
import { simulate } from "./scenario.ts";
import { siteOf } from "./site.ts";

/** What a client last found out of its router, with so many members and a server of one address. */
function findings(kind: KindName, members: number): LogEvent["fields"] | undefined {
  const sim = simulate(1);
  sim.server([4]);
  const prng = new Prng(1, "sites");
  const come = (name: string, of: KindName): Client => {
    const { routers, families } = siteOf(sim, of, prng);
    return sim.client(name, { behind: routers[0], families, surveys: true });
  };
  const ann = come("ann", kind);
  const others = Array.from({ length: members }, (_, i) => come(`member${i}`, "open"));
  sim.world.runFor(10_000);
  for (const other of others) expect(ann.isConnectedTo(other)).toBe(true);
  const told = ann.events.filter((event) => event.type === "log" && event.message === "nat");
  const last = told.at(-1);
  return last?.type === "log" ? last.fields : undefined;
}

test("a server with one address cannot see that a mapping depends on it", () => {
  expect(findings("address-dependent", 0)?.["mapping"]).toBe("endpoint-independent");
});

test("two members see it, and one alone is not believed", () => {
  expect(findings("address-dependent", 1)?.["mapping"]).toBe("endpoint-independent");
  expect(findings("address-dependent", 2)?.["mapping"]).toBe("address-dependent");
});

test("members see nothing else of who has one mapping for all", () => {
  expect(findings("port-restricted", 3)?.["mapping"]).toBe("endpoint-independent");
});
