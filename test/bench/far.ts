import { SESSIONS } from "./fanout.ts";
import { grownSince, readMemory } from "./memory.ts";
import type { Parent, Word } from "./parent.ts";
import { placeOf, placeWord } from "./place.ts";
import { PlainHost } from "./plainhost.ts";
import { Responder } from "./responder.ts";
import { SessionHost } from "./sessionhost.ts";
import { chatOf, membersOf, type SideOptions } from "./sideoptions.ts";
import { markUsage, readUsage } from "./usage.ts";

/** The end that is spoken to: it answers, and tells what it used meanwhile. */
export async function beFar(options: SideOptions, parent: Parent): Promise<void> {
  if (options.task === "room") await openRoom(options, parent);
  else parent.say("ready", await open(options));
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
      const node = await ChatNode.open({ ...chatOf(options), name: "far" });
      if (task !== "catchup") listen(node);
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

/** All others of a room in this process, each with its own socket and disk. */
async function openRoom(options: SideOptions, parent: Parent): Promise<void> {
  const [{ ChatNode }, { attend, memberNames }] = await Promise.all([
    import("./chatnode.ts"),
    import("./room.ts"),
  ]);
  parent.say("ready");
  const { card, address } = placeOf(await parent.hear("near"));
  for (const name of memberNames(membersOf(options))) {
    const node = await ChatNode.open({ ...chatOf(options), name });
    attend(node);
    node.call(card, address);
  }
}

async function openSession({ task, datagramBytesMax }: SideOptions): Promise<Word> {
  const { address, card } = await SessionHost.open({
    appFor: () => new Responder(),
    datagramBytesMax,
    isStalled: task === "stall",
  });
  return placeWord({ address, card });
}
