import { assert } from "../../lib/base/assert.ts";
import { CHAT_CHANNEL } from "../../lib/wire/channels.ts";
import { Caller } from "./caller.ts";
import { connects } from "./connects.ts";
import { FanOut } from "./fanout.ts";
import type { Parent, Word } from "./parent.ts";
import { addressOf, placeOf, placeWord } from "./place.ts";
import { PlainHost } from "./plainhost.ts";
import { SessionHost } from "./sessionhost.ts";
import { chatOf, membersOf, type SideOptions } from "./sideoptions.ts";
import * as tasks from "./tasks.ts";
import type { Samples } from "./tasks.ts";
import { markUsage, readUsage } from "./usage.ts";

/** A datagram of the reference's, and a message of the session's, when it is bytes that count. */
const PLAIN_BULK_BYTES = 1200;
const SESSION_BULK_BYTES = 16_384;

/** The end that measures. What not every task needs is loaded by those alone: its memory counts. */
export async function beNear(options: SideOptions, parent: Parent): Promise<void> {
  const warm = async (): Promise<void> => {
    parent.say("warm");
    await parent.hear("measure");
    markUsage();
  };
  const samples =
    options.task === "room"
      ? await measureRoom(options, parent, warm)
      : await measureAt(options, parent, warm);
  parent.say("done", { samples, ...readUsage() });
}

type Warm = () => Promise<void>;

async function measureAt(options: SideOptions, parent: Parent, warm: Warm): Promise<Samples> {
  parent.say("ready");
  return measure(options, await parent.hear("go"), warm);
}

/** The others come by themselves when they know where this one is. */
async function measureRoom(options: SideOptions, parent: Parent, warm: Warm): Promise<Samples> {
  const [{ ChatNode }, { RoomTalker }] = await Promise.all([
    import("./chatnode.ts"),
    import("./room.ts"),
  ]);
  const node = await ChatNode.open({ ...chatOf(options), name: "near" });
  const talker = new RoomTalker(node, membersOf(options));
  parent.say("ready", placeWord(node));
  await parent.hear("go");
  return talker.measure(warm);
}

async function measure(options: SideOptions, far: Word, warm: Warm): Promise<Samples> {
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
): Promise<Samples> {
  const { task, datagramBytesMax, isQuick } = options;
  const [far] = ends;
  const known = { ...placeOf(far), datagramBytesMax };
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
    const { card, address } = placeOf(end);
    host.call(card, address);
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

async function measureLine(options: SideOptions, near: tasks.Near): Promise<Samples> {
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
    case "room":
    case "catchup":
      throw new Error(`Cannot measure ${task}: it is not of one line`);
    default:
      return task satisfies never;
  }
}

async function measureChat(options: SideOptions, warm: Warm): Promise<Samples> {
  if (options.task === "catchup") {
    const { catchUp } = await import("./catchup.ts");
    return catchUp(options, warm);
  }
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
