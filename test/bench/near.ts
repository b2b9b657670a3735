import { type Address, parseAddress } from "../../lib/base/address.ts";
import { assert } from "../../lib/base/assert.ts";
import { fromHex } from "../../lib/base/bytes.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import { type Card, decodeCard } from "../../lib/wire/card.ts";
import { Caller } from "./caller.ts";
import { connects } from "./connects.ts";
import { FanOut } from "./fanout.ts";
import type { Parent, Word } from "./parent.ts";
import { PlainHost } from "./plainhost.ts";
import { SessionHost } from "./sessionhost.ts";
import { chatOf, type SideOptions } from "./sideoptions.ts";
import * as tasks from "./tasks.ts";
import { markUsage, readUsage } from "./usage.ts";

/** A datagram of the reference's, and a message of the session's, when it is bytes that count. */
const PLAIN_BULK_BYTES = 1200;
const SESSION_BULK_BYTES = 16_384;

/** The end that measures. What not every task needs is loaded by those alone: its memory counts. */
export async function beNear(options: SideOptions, parent: Parent): Promise<void> {
  parent.say("ready");
  const far = await parent.hear("go");
  const samples = await measure(options, far, async () => {
    parent.say("warm");
    await parent.hear("measure");
    markUsage();
  });
  parent.say("done", { samples, ...readUsage() });
}

type Warm = () => Promise<void>;

async function measure(options: SideOptions, far: Word, warm: Warm): Promise<tasks.Samples> {
  const { subject } = options;
  switch (subject) {
    case "plain": {
      const caller = new Caller();
      const host = await PlainHost.open(caller, { hasWindow: options.task !== "ping" });
      host.call(addressOf(endsOf(far)[0]));
      return measureLine(options, { host, caller, warm, isQuick: options.isQuick });
    }
    case "session":
      return measureSession(options, endsOf(far), warm);
    case "chat":
      return measureChat(options, warm);
    case "server": {
      const { clients } = await import("./crowd.ts");
      return clients({ address: addressOf(far), key: String(far["key"]) }, warm);
    }
    default:
      return subject satisfies never;
  }
}

async function measureSession(
  options: SideOptions,
  ends: readonly Word[],
  warm: Warm,
): Promise<tasks.Samples> {
  const { task, datagramBytesMax, isQuick } = options;
  const [far] = ends;
  const known = { address: addressOf(far), card: cardOf(far), datagramBytesMax };
  if (task === "connect") return connects(known, warm);
  if (task === "idle") {
    const { peers } = await import("./crowd.ts");
    return peers(known, warm);
  }
  const callers: Caller[] = [];
  const appFor = (): Caller => {
    const caller = new Caller();
    callers.push(caller);
    return caller;
  };
  const host = await SessionHost.open({ appFor, datagramBytesMax });
  for (const end of ends) {
    host.call(cardOf(end), addressOf(end));
    while (callers.length < ends.indexOf(end) + 1) await Bun.sleep(0);
  }
  const [caller] = callers;
  assert(caller !== undefined, "the far end has answered");
  if (task === "fanout")
    return new FanOut(
      host,
      callers.map(({ line }) => line),
    ).measure(warm);
  return measureLine(options, { host, caller, warm, isQuick });
}

async function measureLine(options: SideOptions, near: tasks.Near): Promise<tasks.Samples> {
  const { subject, task } = options;
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
    case "stall":
      return tasks.stalled(near);
    case "connect":
    case "fanout":
    case "idle":
      throw new Error(`Cannot measure ${task}: it is not of one line`);
    default:
      return task satisfies never;
  }
}

async function measureChat(options: SideOptions, warm: Warm): Promise<tasks.Samples> {
  const [{ ChatNode }, { Talker }] = await Promise.all([
    import("./chatnode.ts"),
    import("./chats.ts"),
  ]);
  const node = await ChatNode.open({ ...chatOf(options), name: "near" });
  await node.meets("far");
  const talker = new Talker(node, "far");
  if (options.task === "burst") return talker.bursts(warm, options.isQuick);
  assert(options.task === "sustained", "a chat node has but two tasks");
  return talker.sustained(warm, options.isQuick);
}

function endsOf({ ends }: Word): readonly Word[] {
  return ends as readonly Word[];
}

function addressOf(end: Word | undefined): Address {
  const address = parseAddress(String(end?.["address"]));
  assert(address !== undefined, "the far end has an address");
  return address;
}

function cardOf(end: Word | undefined): Card {
  const card = decodeCard(fromHex(String(end?.["card"])) ?? new Uint8Array());
  assert(card !== undefined, "the far end has a card");
  return card;
}
