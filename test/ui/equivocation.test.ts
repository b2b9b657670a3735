/** Who has told different people different things bears a mark in every face, for good. */
import { expect, test } from "bun:test";
import * as v from "valibot";
import { keptLineOf, outgoingOf } from "../../lib/contract/outgoing.ts";
import { outgoingSchema } from "../../lib/contract/schema.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import type { KeptMessageEvent } from "../../lib/node/sayings.ts";
import { Markdown } from "../../lib/ui/markdown.ts";
import { PlainFace } from "../../lib/ui/plain.ts";
import { ALICE, BOB, DIRECT, ME, member, NOW, peer, ready, SERVER } from "../contract/events.ts";
import { Recorder } from "./recorder.ts";
import { kept, Stage } from "./tui/stage.ts";

const WORDS =
  "bob has told different people different things in #lobby: " +
  "their program has lost what it knew, or somebody else uses their key. " +
  "What you read of them may not be what others read: " +
  "ask them in person, and compare keys with them before you rely on it";

const EQUIVOCATED = { equivocated: ["#lobby"] } as const;
const MARKED = { ...member(BOB, "gone"), ...EQUIVOCATED };
const LISTED = { number: 2, ...BOB, address: SERVER };

/** What the plain face writes when it is told this. */
function told(event: PeerEvent): string[] {
  const door = new Recorder();
  const options = { awaitsServer: true, isWatched: false, stay: false, isTyped: true };
  const face = new PlainFace({ rooms: ["#lobby"], ...options }, door);
  face.handleEvent(NOW, ready());
  door.lines.length = 0;
  face.handleEvent(NOW, event);
  return door.lines;
}

function said(from: typeof BOB, index: number, more: Partial<KeptMessageEvent> = {}) {
  return kept(index, `words ${index}`, { from, ...more });
}

test("on plain lines: in a list of members, of whom the server knows, and of one person", () => {
  const [members, clients] = [[MARKED, member(ALICE, "gone")], [{ ...LISTED, ...EQUIVOCATED }]];

  expect(told({ type: "reply", req: "1", command: "who", room: "#lobby", members })).toEqual([
    "14:02 * #lobby: bob (gone, has told different people different things here: " +
      "/whois says more), alice (gone)",
  ]);
  expect(told({ type: "reply", req: "1", command: "list", clients }).at(-1)).toBe(
    `  2 bob ${SERVER} ${BOB.id.slice(0, 8)} ` +
      "(has told different people different things in #lobby)",
  );
  const whois = { type: "reply", req: "1", command: "whois", member: MARKED } as const;
  expect(told({ ...whois, path: null, rooms: [] })).toContain(`  ${WORDS}`);
});

test("on plain lines: with what they have said, once", () => {
  const messages = [
    said(BOB, 1, { equivocated: true }),
    said(ALICE, 2),
    said(BOB, 3, { equivocated: true }),
  ];
  const page = { room: "#lobby", messages, hasBefore: false, hasAfter: false, damaged: 0 };

  const lines = told({ type: "reply", req: "1", command: "history", ...page });

  expect(lines.filter((line) => line.includes("different"))).toEqual([`! ${WORDS}`]);
});

test("in an export: once in each room, before what they have said", () => {
  const markdown = new Markdown(NOW, ({ name }) => name);
  const [bob, other] = [
    [said(BOB, 1, { equivocated: true }), said(BOB, 2, { equivocated: true })],
    [said(BOB, 3, { room: "#dev" })],
  ];

  const lines = [...bob, ...other].flatMap((message) => markdown.linesOf(message));

  const noted = lines.filter((line) => line.includes("different people"));
  expect(noted).toEqual([`- ${WORDS.replace("#", String.raw`\#`)}`]);
  expect(lines.indexOf(noted[0] ?? "")).toBe(
    lines.findIndex((line) => line.includes("words 1")) - 1,
  );
});

test("of oneself: what may have happened, and what to do about it", () => {
  const words =
    "You have told different people different things in #lobby: " +
    "a copy of your data directory was used as well, or somebody else uses your key. " +
    "What others read of you may not be what you read: " +
    "tell them so, and use only one copy of it from now on";
  const own = said(ME, 1, { equivocated: true, states: [] });
  const page = { room: "#lobby", messages: [own], hasBefore: false, hasAfter: false, damaged: 0 };
  const members = [{ ...member(ME, "me"), ...EQUIVOCATED }];
  const stage = Stage.ready();
  const event = { type: "equivocation", room: "#lobby", who: ME } as const;
  stage.tell(event);

  expect(told(event)).toEqual([`14:02 ! ${words}`]);
  expect(told({ type: "reply", req: "1", command: "history", ...page })).toContain(`! ${words}`);
  expect(told({ type: "reply", req: "1", command: "who", room: "#lobby", members })).toEqual([
    "14:02 * #lobby: me (me, has told different people different things here)",
  ]);
  expect(stage.text).toContain("You have told different people");
});

test("on the screen: in the list of people, and in full where one of them is chosen", () => {
  const stage = Stage.ready({ columns: 120 });
  stage.tell(peer(BOB, "connected"));
  const before = stage.text;

  stage.tell({ ...peer(BOB, "connected"), path: DIRECT, ...EQUIVOCATED });

  expect(before).not.toContain("different");
  const row = stage.lines.find((line) => line.includes("* bob")) ?? "";
  expect(row).toContain("!");
  expect(stage.lines.join(" ").replaceAll(/\s+/g, " ")).toContain("said has told different");
  expect(stage.text).toContain("keys not compared");
});

test("as JSON: wherever they are listed, and with each message that they have said there", () => {
  const reply = { type: "reply", req: "1" } as const;
  const clients = [
    { ...LISTED, ...EQUIVOCATED },
    { ...LISTED, ...ALICE },
  ];
  const all = [
    outgoingOf({ ...reply, command: "who", room: "#lobby", members: [MARKED] }, NOW),
    outgoingOf({ ...reply, command: "list", clients }, NOW),
    outgoingOf({ ...reply, command: "peer", client: { ...LISTED, ...EQUIVOCATED } }, NOW),
    outgoingOf({ ...peer(BOB, "connected"), ...EQUIVOCATED }, NOW),
    keptLineOf(said(BOB, 1, { equivocated: true }), NOW),
  ];

  expect(all).toMatchObject([
    { members: [{ name: "bob", equivocated: ["#lobby"] }] },
    { clients: [{ name: "bob", equivocated: ["#lobby"] }, { name: "alice" }] },
    { client: { equivocated: ["#lobby"] } },
    { type: "peer", equivocated: ["#lobby"] },
    { type: "history", equivocated: true },
  ]);
  for (const line of all) expect(v.parse(outgoingSchema, line)).toEqual(line);
  expect(JSON.stringify(all[1]).match(/equivocated/g)).toHaveLength(1);
});
