import { expect, test } from "bun:test";
import { BOB, NOW, SERVER } from "../contract/events.ts";
import { plainly } from "./plainly.ts";

test("what who runs the node finds of the network is told in words, the sum first", () => {
  const { face, door } = plainly();
  face.handleLine(NOW, "/doctor");
  const text = "a firewall keeps UDP out\u001b[2J";
  const checks = [
    { name: "udp", state: "fail", text, fix: "open it" },
    { name: "unheard-of", state: "skip", text: "who knows", fix: null },
  ] as const;
  const people = [{ who: BOB, text: "directly" }];
  const found = { servers: [SERVER], checks, people };
  face.handleEvent(NOW, { type: "reply", req: "1", command: "doctor", ...found });

  expect(door.commands).toEqual([{ type: "doctor", req: "1" }]);
  expect(door.lines).toEqual([
    "14:02 * looking at your network: this takes some four seconds",
    `14:02 * your network, as ${SERVER} sees it: 1 failed.`,
    "  failed: UDP: a firewall keeps UDP out[2J; fix: open it",
    "  not looked at: unheard-of: who knows",
    "  how to reach bob: directly",
  ]);
});
