import type { Json } from "../../support/program.ts";

function who(name: string): Json {
  return { name, id: Buffer.from(name).toString("hex").padEnd(64, "0") };
}

function peer(name: string, state: string, path: Json | null, reason: string | null = null): Json {
  const at = "2026-11-22T14:02:07.113Z";
  const common = { v: 1, type: "peer", at, number: null, trust: "known" };
  return { ...common, who: who(name), state, path, reason };
}

function by(kind: string, rttMs: number, via: Json | null = null): Json {
  return { kind, via, local: "192.0.2.7:40404", remote: "203.0.113.9:40404", rttMs };
}

/** People whom a machine alone cannot meet: some are carried, some tried, some not reached. */
export const TIES: readonly Json[] = [
  peer("eve", "connected", by("direct", 31)),
  peer("judy", "connected", by("lan", 0.4)),
  peer("frank", "connected", by("relay", 84, who("eve"))),
  peer("ivan", "connected", by("relay", 112, who("eve"))),
  peer("gina", "connecting", null),
  peer("hugo", "unreachable", null, "both of you are behind routers that change ports"),
];
