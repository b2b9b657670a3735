import { assert } from "../base/assert.ts";
import { putU16, Reader, u16At, Writer } from "../base/bytes.ts";

/**
 * What a node says of the NAT that it is behind, in the terms of RFC 4787, for those who are about
 * to meet it. It is the word of a stranger: it may speed a meeting up, and nothing else hangs on
 * it. PROTOCOL.md §7.
 */
export interface NatReport {
  /** The weakest that explains all that was seen: as far as what `compared` says. RFC 4787 §4.1 */
  readonly mapping: Dependence | "unknown";
  readonly compared: Compared;
  /** The strictest that explains all that was let in. RFC 4787 §5 */
  readonly filtering: Dependence | "unknown";
  readonly allocation: Allocation;
  /** Public addresses that one node is given at the same time: pooling, RFC 4787 §4.1. */
  readonly addresses: "one" | "several" | "unknown";
  /** Whether what is seen from outside is not the node's own address. */
  readonly isTranslated: boolean | undefined;
  /** Remaps what is sent to whoever was refused shortly before. */
  readonly poisons: boolean | undefined;
  /** Lets its nodes meet at their public addresses. RFC 4787 §6 */
  readonly hairpin: boolean | undefined;
  /** Nothing at all is heard over UDP. */
  readonly isBlocked: boolean;
  /** Mapped ports of new mappings, the newest last; at most RECENT_PORTS_MAX. */
  readonly recentPorts: readonly number[];
  /** How long ago the newest was given; 6553.5 s stands for all that is longer. */
  readonly portsAgeMs: number;
  /** Mappings that others open, a whole number; 0 where nothing tells. */
  readonly crossTrafficPerSecond: number;
}

export type Dependence =
  "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

/** Of which destinations of one socket the mappings were compared. */
export interface Compared {
  /** Two ports of one address. */
  readonly ports: boolean;
  /** Two addresses: without it, one that depends on the address passes for one that does not. */
  readonly addresses: boolean;
}

/** How external ports are chosen: RFC 4787 §4.2, and what there is beyond it. */
export type Allocation =
  | { readonly kind: "preserving" }
  /** Each new mapping is `step` after the one before: signed, not 0, of 16 bits. */
  | { readonly kind: "sequential"; readonly step: number }
  /** By chance from `low` to `high`. */
  | { readonly kind: "block"; readonly low: number; readonly high: number }
  | { readonly kind: "random" }
  | { readonly kind: "unknown" };

/** Two steps of a sequence and one in reserve. */
export const RECENT_PORTS_MAX = 4;

const DEPENDENCES: readonly (Dependence | "unknown")[] = [
  "unknown",
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
];
const ADDRESSES: readonly NatReport["addresses"][] = ["unknown", "one", "several"];
const ANSWERS: readonly (boolean | undefined)[] = [undefined, false, true];
const ALLOCATIONS: readonly Allocation["kind"][] = [
  "unknown",
  "preserving",
  "sequential",
  "block",
  "random",
];

const BLOCKED = 1;
const COMPARED_PORTS = 2;
const COMPARED_ADDRESSES = 4;

const AGE_AT = 10;
const AGE_UNIT_MS = 100;
const U16_MAX = 0xffff;

/** Ages are written in tenths of a second; what is too much for its field as the most. */
export function encodeNatReport(report: NatReport): Uint8Array {
  const { mapping, filtering, compared, allocation, recentPorts } = report;
  assert(recentPorts.length <= RECENT_PORTS_MAX, "no more ports are written than are read");
  const tenths = Math.round(report.portsAgeMs / AGE_UNIT_MS);
  const writer = new Writer(32)
    .u8(DEPENDENCES.indexOf(mapping) | (DEPENDENCES.indexOf(filtering) << 4))
    .u8(
      ADDRESSES.indexOf(report.addresses) |
        (ANSWERS.indexOf(report.isTranslated) << 2) |
        (ANSWERS.indexOf(report.poisons) << 4) |
        (ANSWERS.indexOf(report.hairpin) << 6),
    )
    .u8(
      (report.isBlocked ? BLOCKED : 0) |
        (compared.ports ? COMPARED_PORTS : 0) |
        (compared.addresses ? COMPARED_ADDRESSES : 0),
    )
    .u8(ALLOCATIONS.indexOf(allocation.kind));
  writeBounds(writer, allocation);
  writer
    .u16(Math.min(Math.ceil(report.crossTrafficPerSecond), U16_MAX))
    .u16(Math.min(tenths, U16_MAX))
    .u8(recentPorts.length);
  for (const port of recentPorts) writer.u16(port);
  return writer.finish();
}

/** Undefined where it ends too early. Values that are not known yet are read as unknown. */
export function decodeNatReport(bytes: Uint8Array): NatReport | undefined {
  const reader = new Reader(bytes);
  const dependences = reader.u8();
  const answers = reader.u8();
  const flags = reader.u8();
  const allocation = readAllocation(reader);
  const crossTrafficPerSecond = reader.u16();
  const portsAgeMs = reader.u16() * AGE_UNIT_MS;
  const count = reader.u8();
  if (count > RECENT_PORTS_MAX) return undefined;
  const recentPorts = Array.from({ length: count }, () => reader.u16());
  if (!reader.ok || recentPorts.includes(0)) return undefined;
  return {
    mapping: DEPENDENCES[dependences & 15] ?? "unknown",
    compared: {
      ports: (flags & COMPARED_PORTS) !== 0,
      addresses: (flags & COMPARED_ADDRESSES) !== 0,
    },
    filtering: DEPENDENCES[dependences >> 4] ?? "unknown",
    allocation,
    addresses: ADDRESSES[answers & 3] ?? "unknown",
    isTranslated: ANSWERS[(answers >> 2) & 3],
    poisons: ANSWERS[(answers >> 4) & 3],
    hairpin: ANSWERS[answers >> 6],
    isBlocked: (flags & BLOCKED) !== 0,
    recentPorts,
    portsAgeMs,
    crossTrafficPerSecond,
  };
}

/** The same said so much later, by one who need not understand it: all else stays as it is. */
export function agedNatReport(bytes: Uint8Array, ageMs: number): Uint8Array {
  const aged = bytes.slice();
  if (aged.length < AGE_AT + 2) return aged;
  const tenths = u16At(aged, AGE_AT) + Math.round(ageMs / AGE_UNIT_MS);
  putU16(aged, AGE_AT, Math.min(tenths, U16_MAX));
  return aged;
}

function writeBounds(writer: Writer, allocation: Allocation): void {
  switch (allocation.kind) {
    case "sequential":
      writer.u16(allocation.step & U16_MAX).u16(0);
      return;
    case "block":
      writer.u16(allocation.low).u16(allocation.high);
      return;
    case "preserving":
    case "random":
    case "unknown":
      writer.u32(0);
      return;
    default:
      allocation satisfies never;
  }
}

function readAllocation(reader: Reader): Allocation {
  const kind = ALLOCATIONS[reader.u8()] ?? "unknown";
  const low = reader.u16();
  const high = reader.u16();
  if (kind === "sequential") {
    const step = low < 0x8000 ? low : low - 0x1_0000;
    return step === 0 ? { kind: "unknown" } : { kind, step };
  }
  if (kind === "block") return low === 0 || low > high ? { kind: "unknown" } : { kind, low, high };
  return { kind };
}
