/** A full screen that is told names and texts which no wire lets through: compiled by its test. */
import { peerIdOf } from "../../lib/base/ids.ts";
import type { PeerEvent, Who } from "../../lib/node/events.ts";
import { message, peer, ready } from "../contract/events.ts";
import { HOSTILE } from "./hostiletexts.ts";
import { loneFace, openLone } from "./lonescreen.ts";

const NAME_CHARS = 65_536;

const people = [...HOSTILE, "n".repeat(NAME_CHARS), "\u001b[2J".repeat(NAME_CHARS / 4)].map(
  (name, i): Who => ({ name, id: peerIdOf(new Uint8Array(32).fill(i + 1)) }),
);

function said(who: Who, i: number): readonly PeerEvent[] {
  const { name } = who;
  return [
    peer(who, "unreachable", name),
    peer(who, "connected"),
    { type: "presence", who, state: "away" },
    { type: "typing", room: "#lobby", who, isTyping: true },
    message(who, "#lobby", `said by ${name.slice(0, 400)}`),
    message(who, `@${name}`, `to you alone ${i}`),
    { type: "topic", room: "#lobby", from: who, topic: name },
    { type: "equivocation", room: "#lobby", who },
    { type: "error", req: null, code: "INTERNAL", text: name },
  ];
}

const face = loneFace();
await openLone(face);
const now = Date.now();
for (const event of [ready(), ...people.flatMap(said)]) face.handleEvent(now, event);
const last: Who = { name: "last", id: peerIdOf(new Uint8Array(32).fill(255)) };
face.handleEvent(now, message(last, "#lobby", "all is told"));
