/**
 * The delay box's program: takes the packets that the kernel routes into its TUN device and gives
 * each back when its time has come. Driven in JSON lines; in: {"id","lines":Line[]}; out:
 * {"type":"ready","device"}, then {"type":"set","id"}. It waits in ppoll(2) and not in the event
 * loop, so that a packet is late by some tens of microseconds only.
 */
import { ptr } from "bun:ffi";
import { constants as file, openSync, writeSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { openLibc } from "../../lib/io/libc.ts";
import type { Line } from "./delaybox.ts";

const DEVICE = "tun0";

/** <linux/if_tun.h>. */
const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFREQ_BYTES = 40;
const IFREQ_FLAGS_AT = 16;

const POLLIN = 1;
const PACKET_BYTES_MAX = 65_536;

/** One that would be held while so many are is dropped, as by any queue that is full. */
const HELD_MAX = 65_536;

const libc = openLibc({
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
  ppoll: { args: ["ptr", "u64", "ptr", "ptr"], returns: "i32" },
  read: { args: ["i32", "ptr", "u64"], returns: "i32" },
  write: { args: ["i32", "ptr", "u64"], returns: "i32" },
});
if (libc === undefined) throw new Error("Cannot load the C library");
const { ioctl, ppoll, read, write } = libc.symbols;

interface Held {
  readonly dueAtMs: number;
  readonly packet: Uint8Array;
}

const WAIT_MS_MAX = 60_000;

let lines: readonly Line[] = [];
const held: Held[] = [];
const buffer = new Uint8Array(PACKET_BYTES_MAX);
const text = new TextDecoder();
let unfinished = "";

function openTun(): number {
  const fd = openSync("/dev/net/tun", file.O_RDWR | file.O_NONBLOCK);
  const request = new Uint8Array(IFREQ_BYTES);
  request.set(new TextEncoder().encode(DEVICE));
  new DataView(request.buffer).setUint16(IFREQ_FLAGS_AT, IFF_TUN | IFF_NO_PI, true);
  if (ioctl(fd, BigInt(TUNSETIFF), ptr(request)) !== 0) throw new Error("Cannot make a TUN device");
  return fd;
}

function takeIn(tun: number): void {
  for (;;) {
    const length = read(tun, ptr(buffer), BigInt(buffer.length));
    if (length <= 0) return;
    const packet = buffer.slice(0, length);
    const { delayMs, lossPercent } = lineFor(packet);
    if (Math.random() * 100 < lossPercent || held.length >= HELD_MAX) continue;
    hold({ dueAtMs: performance.now() + delayMs, packet });
  }
}

const AT_ONCE = { delayMs: 0, lossPercent: 0 };

function lineFor(packet: Uint8Array): Pick<Line, "delayMs" | "lossPercent"> {
  const isV6 = (packet[0] ?? 0) >> 4 === 6;
  const from = (isV6 ? packet.subarray(8, 24) : packet.subarray(12, 16)).toHex();
  const to = (isV6 ? packet.subarray(24, 40) : packet.subarray(16, 20)).toHex();
  const fits = (address: string, beginnings: readonly string[]): boolean =>
    beginnings.some((beginning) => address.startsWith(beginning));
  return lines.find((line) => fits(from, line.from) && fits(to, line.to)) ?? AT_ONCE;
}

/** In the order of their times, and among equals of their arrival. */
function hold(next: Held): void {
  let at = held.length;
  while (at > 0 && (held[at - 1]?.dueAtMs ?? 0) > next.dueAtMs) at -= 1;
  held.splice(at, 0, next);
}

function giveBack(tun: number): void {
  const nowMs = performance.now();
  let due = 0;
  for (const { dueAtMs, packet } of held) {
    if (dueAtMs > nowMs) break;
    write(tun, ptr(packet), BigInt(packet.length));
    due += 1;
  }
  held.splice(0, due);
}

/** Returns false at the end of the input: whoever started this is no more. */
function obey(): boolean {
  const length = read(0, ptr(buffer), BigInt(buffer.length));
  if (length < 0) return true;
  if (length === 0) return false;
  const whole = (unfinished + text.decode(buffer.subarray(0, length), { stream: true })).split(
    "\n",
  );
  unfinished = whole.pop() ?? "";
  for (const line of whole) {
    const command: unknown = JSON.parse(line);
    if (!isSetting(command)) throw new Error(`Cannot understand ${line}`);
    lines = command.lines;
    say({ type: "set", id: command.id });
  }
  return true;
}

interface Setting {
  readonly id: number;
  readonly lines: readonly Line[];
}

function isSetting(value: unknown): value is Setting {
  return typeof value === "object" && value !== null && "id" in value && "lines" in value;
}

function say(line: Readonly<Record<string, unknown>>): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

/** Waits until there is something to read or `waitMs` have passed; tells of which of the two. */
function wait(
  tun: number,
  waitMs: number,
): { readonly hasPackets: boolean; readonly hasInput: boolean } {
  const polled = new Int32Array([tun, POLLIN, 0, POLLIN]);
  const time = new BigInt64Array([
    BigInt(Math.floor(waitMs / 1000)),
    BigInt(Math.floor((waitMs % 1000) * 1e6)),
  ]);
  ppoll(ptr(polled), 2n, ptr(time), null);
  const answered = new Int16Array(polled.buffer);
  return { hasPackets: answered[3] !== 0, hasInput: answered[7] !== 0 };
}

// Its lateness would be taken for the network's.
setPriority(constants.priority.PRIORITY_HIGHEST);
const tun = openTun();
say({ type: "ready", device: DEVICE });
for (let isWanted = true; isWanted;) {
  const waitMs = (held[0]?.dueAtMs ?? Infinity) - performance.now();
  const { hasPackets, hasInput } = wait(tun, Math.min(Math.max(0, waitMs), WAIT_MS_MAX));
  if (hasPackets) takeIn(tun);
  giveBack(tun);
  if (hasInput) isWanted = obey();
}
