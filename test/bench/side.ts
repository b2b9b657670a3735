/** One of the two processes of a measurement, started by `pair.ts`. */
import { parseAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { fromHex, toHex } from "../../lib/base/bytes.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import { decodeCard } from "../../lib/wire/card.ts";
import { Caller } from "./caller.ts";
import { connects } from "./connects.ts";
import { Parent, type Word } from "./parent.ts";
import { PlainHost } from "./plainhost.ts";
import { Responder } from "./responder.ts";
import { SessionHost } from "./sessionhost.ts";
import * as tasks from "./tasks.ts";
import { markUsage, readUsage } from "./usage.ts";

export interface SideOptions {
  readonly role: "near" | "far";
  readonly subject: "plain" | "session";
  readonly task: "burst" | "sustained" | "ping" | "bulk" | "loaded" | "connect";
  readonly datagramBytesMax?: number;
  readonly isQuick: boolean;
}

/** A datagram of the reference's, and a message of the session's, when it is bytes that count. */
const PLAIN_BULK_BYTES = 1200;
const SESSION_BULK_BYTES = 16_384;

const parent = new Parent();

async function beFar(options: SideOptions): Promise<void> {
  const { subject, task, datagramBytesMax } = options;
  if (subject === "plain") {
    const { address } = await PlainHost.open(new Responder(), { hasWindow: task !== "ping" });
    parent.say("ready", { address });
  } else {
    const appFor = (): Responder => new Responder();
    const { address, card } = await SessionHost.open({ appFor, datagramBytesMax });
    parent.say("ready", { address, card: toHex(card.bytes) });
  }
  await parent.hear("mark");
  markUsage();
  parent.say("marked");
  await parent.hear("report");
  parent.say("usage", { ...readUsage() });
}

async function beNear(options: SideOptions): Promise<void> {
  parent.say("ready");
  const far = await parent.hear("go");
  const samples = await measure(options, far);
  parent.say("done", { samples, ...readUsage() });
}

async function warm(): Promise<void> {
  parent.say("warm");
  await parent.hear("measure");
  markUsage();
}

async function measure(options: SideOptions, far: Word): Promise<tasks.Samples> {
  const { subject, task, isQuick, datagramBytesMax } = options;
  const address = parseAddress(String(far["address"]));
  assert(address !== undefined, "the far end has an address");
  const caller = new Caller();
  if (subject === "plain") {
    const host = await PlainHost.open(caller, { hasWindow: task !== "ping" });
    host.call(address);
    return perform(options, { host, caller, warm, isQuick });
  }
  const card = decodeCard(fromHex(String(far["card"])) ?? new Uint8Array());
  assert(card !== undefined, "the far end has a card");
  if (task === "connect") return connects({ address, card, datagramBytesMax }, warm);
  const host = await SessionHost.open({ appFor: () => caller, datagramBytesMax });
  host.call(card, address);
  await caller.opened;
  return perform(options, { host, caller, warm, isQuick });
}

async function perform({ subject, task }: SideOptions, near: tasks.Near): Promise<tasks.Samples> {
  switch (task) {
    case "burst":
      return tasks.bursts(near);
    case "sustained":
      return tasks.sustained(near);
    case "ping":
      return tasks.pings(near);
    case "bulk":
      if (subject === "plain") return tasks.bulk(near, CHAT_CHANNEL, PLAIN_BULK_BYTES);
      return tasks.bulk(near, tasks.BULK_CHANNEL, SESSION_BULK_BYTES);
    case "loaded":
      return tasks.pingsUnderLoad(near, SESSION_BULK_BYTES);
    case "connect":
      throw new Error("Cannot connect: the reference has no connections");
    default:
      return task satisfies never;
  }
}

const options = JSON.parse(process.argv[2] ?? "{}") as SideOptions;
await (options.role === "far" ? beFar(options) : beNear(options));
