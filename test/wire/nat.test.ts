import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { NAT_REPORT_BYTES_MAX } from "../../lib/wire/limits.ts";
import {
  agedNatReport,
  type Allocation,
  decodeNatReport,
  encodeNatReport,
  type NatReport,
  RECENT_PORTS_MAX,
} from "../../lib/wire/nat.ts";

const dependence = fc.constantFrom(
  "unknown" as const,
  "endpoint-independent" as const,
  "address-dependent" as const,
  "address-and-port-dependent" as const,
);
const perhaps = fc.constantFrom(undefined, false, true);
const port = fc.integer({ min: 1, max: 65_535 });
const allocation: fc.Arbitrary<Allocation> = fc.oneof(
  fc.constantFrom({ kind: "preserving" }, { kind: "random" }, { kind: "unknown" } as const),
  fc
    .integer({ min: -32_768, max: 32_767 })
    .map((step) => ({ kind: "sequential" as const, step: step === 0 ? 1 : step })),
  fc
    .tuple(port, port)
    .map(([a, b]) => ({ kind: "block" as const, low: Math.min(a, b), high: Math.max(a, b) })),
);
const report: fc.Arbitrary<NatReport> = fc.record({
  mapping: dependence,
  filtering: dependence,
  compared: fc.record({ ports: fc.boolean(), addresses: fc.boolean() }),
  allocation,
  addresses: fc.constantFrom("one" as const, "several" as const, "unknown" as const),
  isTranslated: perhaps,
  poisons: perhaps,
  hairpin: perhaps,
  isBlocked: fc.boolean(),
  recentPorts: fc.array(port, { maxLength: RECENT_PORTS_MAX }),
  portsAgeMs: fc.nat(65_535).map((tenths) => 100 * tenths),
  crossTrafficPerSecond: fc.nat(65_535),
});

test("a report is read as it was written, in few bytes", () => {
  fc.assert(
    fc.property(report, (said) => {
      const bytes = encodeNatReport(said);

      expect(decodeNatReport(bytes)).toEqual(said);
      expect(bytes.length).toBeLessThanOrEqual(21);
      expect(bytes.length).toBeLessThanOrEqual(NAT_REPORT_BYTES_MAX);
    }),
  );
});

test("a report that ends too early is none, and one that goes on is read", () => {
  fc.assert(
    fc.property(report, fc.uint8Array({ maxLength: 9 }), (said, more) => {
      const bytes = encodeNatReport(said);

      for (let length = 0; length < bytes.length; length++) {
        expect(decodeNatReport(bytes.subarray(0, length))).toBeUndefined();
      }
      expect(decodeNatReport(Uint8Array.of(...bytes, ...more))).toEqual(said);
    }),
  );
});

test("values that are not known yet are read as unknown", () => {
  const bytes = Uint8Array.of(0xff, 0xff, 0xf8, 9, 1, 2, 3, 4, 0, 0, 0, 0, 0);

  expect(decodeNatReport(bytes)).toEqual({
    mapping: "unknown",
    compared: { ports: false, addresses: false },
    filtering: "unknown",
    allocation: { kind: "unknown" },
    addresses: "unknown",
    isTranslated: undefined,
    poisons: undefined,
    hairpin: undefined,
    isBlocked: false,
    recentPorts: [],
    portsAgeMs: 0,
    crossTrafficPerSecond: 0,
  });
});

test.each([
  ["a sequence that stays where it is", [2, 0, 0, 0, 0]],
  ["a block from port 0", [3, 0, 0, 0, 9]],
  ["a block that ends before it begins", [3, 0, 9, 0, 8]],
])("%s is unknown", (_what, bytes) => {
  const decoded = decodeNatReport(Uint8Array.of(0, 0, 0, ...bytes, 0, 0, 0, 0, 0));

  expect(decoded?.allocation).toEqual({ kind: "unknown" });
});

test.each([
  ["port 0", [1, 0, 0]],
  ["more ports than there may be", [5, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5]],
])("a report with %s is none", (_what, ports) => {
  expect(decodeNatReport(Uint8Array.of(...new Uint8Array(12), ...ports))).toBeUndefined();
});

test("any bytes are read as a report that can be written, or as none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const said = decodeNatReport(bytes);

      if (said === undefined) return;
      expect(decodeNatReport(encodeNatReport(said))).toEqual(said);
    }),
  );
});

test("what grew older says the same of another moment, whatever else it holds", () => {
  fc.assert(
    fc.property(report, fc.nat(10_000_000), (said, ageMs) => {
      const bytes = Uint8Array.of(...encodeNatReport(said), 77);

      const aged = agedNatReport(bytes, ageMs);

      const tenths = Math.min(said.portsAgeMs / 100 + Math.round(ageMs / 100), 65_535);
      expect(decodeNatReport(aged)).toEqual({ ...said, portsAgeMs: 100 * tenths });
      expect(aged.at(-1)).toBe(77);
      expect(aged).not.toBe(bytes);
    }),
  );
});

test("too short a report grows no older", () => {
  expect(agedNatReport(Uint8Array.of(1, 2, 3), 1000)).toEqual(Uint8Array.of(1, 2, 3));
});
