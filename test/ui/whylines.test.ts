import { expect, test } from "bun:test";
import { whyLines } from "../../lib/ui/whylines.ts";
import { clockTimeSeconds } from "../../lib/ui/words.ts";
import type { WhyEvent } from "../../lib/node/whyevents.ts";
import { BOB, DIRECT, NOW, SERVER } from "../contract/events.ts";

const WHY: WhyEvent = {
  type: "reply",
  req: null,
  command: "why",
  who: BOB,
  state: "unreachable",
  path: null,
  text: "unreachable: nothing came back",
  next: "ask for a network without a firewall",
  expected: "birthday",
  you: {
    nat: "symmetric-random",
    text: "The router shows another port to everybody.",
    calls: 20,
    punches: 256,
    callsSeen: 1,
    punchesSeen: 0,
  },
  they: { nat: null, text: null, calls: 18, punches: 2048, callsSeen: 0, punchesSeen: 0 },
  mapped: [],
  tried: [
    { atMs: NOW, text: "introduced by the server", times: 3 },
    { atMs: NOW, text: "a call came from 192.0.2.1:1", times: 1 },
  ],
};

const TIME = clockTimeSeconds(NOW);

test("why somebody is out of reach takes a few lines, the cause first, what to do last", () => {
  expect(whyLines(WHY, "bob")).toEqual([
    "* bob: unreachable: nothing came back",
    "  you       The router shows another port to everybody.",
    "            sent 20 calls and 256 search packets; saw 1 call of the other side",
    "  they      nothing is known of the router",
    "            sent 18 calls and 2048 search packets; saw 0 calls of the other side",
    "  expect    directly, by searching the ports of a router: about a second",
    `  ${TIME}  introduced by the server (3 times)`,
    `  ${TIME}  a call came from 192.0.2.1:1`,
    "  next      ask for a network without a firewall",
  ]);
});

test("who is connected is told with the round trip, and what a router passes on", () => {
  const they = { nat: null, text: null, calls: null, punches: null };
  const lines = whyLines(
    {
      ...WHY,
      state: "connected",
      path: DIRECT,
      text: "connected directly, at 203.0.113.7:41002",
      next: null,
      expected: null,
      they: { ...they, callsSeen: null, punchesSeen: null },
      mapped: [SERVER],
      tried: [],
    },
    "bob",
  );

  expect(lines).toEqual([
    "* bob: connected directly, at 203.0.113.7:41002, 41 ms",
    "  you       The router shows another port to everybody.",
    "            sent 20 calls and 256 search packets; saw 1 call of the other side",
    "            your router passes on what comes to 192.0.2.1:3478",
    "  they      nothing is known of the router",
  ]);
});

test("no stranger's words reach a terminal with their controls", () => {
  const tried = [{ atMs: NOW, text: "the session ended: \u001b[2J", times: 1 }];

  expect(whyLines({ ...WHY, tried }, "bob").join("\n")).not.toContain("\u001b");
});
