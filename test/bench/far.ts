import { toHex } from "../../lib/base/bytes.ts";
import { encodeCard } from "../../lib/wire/card.ts";
import { SESSIONS } from "./fanout.ts";
import { grownSince, readMemory } from "./memory.ts";
import type { Parent, Word } from "./parent.ts";
import { PlainHost } from "./plainhost.ts";
import { Responder } from "./responder.ts";
import { SessionHost } from "./sessionhost.ts";
import { chatOf, type SideOptions } from "./sideoptions.ts";
import { markUsage, readUsage } from "./usage.ts";

/** The end that is spoken to: it answers, and tells what it used meanwhile. */
export async function beFar(options: SideOptions, parent: Parent): Promise<void> {
  parent.say("ready", await open(options));
  await parent.hear("mark");
  // A collection would cost the others what they have warmed up.
  const isStill = options.task === "idle" || options.task === "stall";
  const before = isStill ? await readMemory() : undefined;
  markUsage();
  parent.say("marked");
  await parent.hear("report");
  const used = readUsage();
  const grown = before === undefined ? {} : grownSince(before, await readMemory());
  parent.say("usage", { ...used, ...grown });
}

/** What a caller must know of it. */
async function open(options: SideOptions): Promise<Word> {
  const { subject, task } = options;
  switch (subject) {
    case "plain": {
      const { address } = await PlainHost.open(new Responder(), { hasWindow: task !== "ping" });
      return { ends: [{ address }] };
    }
    case "session": {
      const count = task === "fanout" ? SESSIONS : 1;
      const opening = Array.from({ length: count }, () => openSession(options));
      return { ends: await Promise.all(opening) };
    }
    case "chat": {
      const [{ ChatNode }, { listen }] = await Promise.all([
        import("./chatnode.ts"),
        import("./chats.ts"),
      ]);
      listen(await ChatNode.open({ ...chatOf(options), name: "far" }));
      return {};
    }
    case "server": {
      const { openServer } = await import("./serverhost.ts");
      return { ...(await openServer()) };
    }
    default:
      return subject satisfies never;
  }
}

async function openSession({ task, datagramBytesMax }: SideOptions): Promise<Word> {
  const { address, card } = await SessionHost.open({
    appFor: () => new Responder(),
    datagramBytesMax,
    isStalled: task === "stall",
  });
  return { address, card: toHex(encodeCard(card)) };
}
