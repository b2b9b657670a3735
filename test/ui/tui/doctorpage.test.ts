import { expect, test } from "bun:test";
import type { ReplyEvent } from "../../../lib/node/events.ts";
import type { Finding } from "../../../lib/node/shellevents.ts";
import { BOB, SERVER } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

type Visit = Extract<ReplyEvent, { command: "doctor" }>;

const CHECKS: readonly Finding[] = [
  { name: "udp", state: "ok", text: "answered in 3 ms", fix: null },
  { name: "ipv6", state: "warn", text: "none", fix: "turn it on" },
];

function visiting(): Stage {
  const stage = Stage.ready({ columns: 80, lines: 30 });
  stage.say("/doctor");
  return stage;
}

function find(stage: Stage, checks: readonly Finding[], people: Visit["people"] = []): void {
  const found = { servers: [SERVER], checks, people };
  stage.tell({ type: "reply", req: stage.asked("doctor").req, command: "doctor", ...found });
}

test("the page waits for what the node finds, and says what it comes to", () => {
  const stage = visiting();
  expect(stage.text).toContain("Your network");
  expect(stage.text).toContain("looking:");

  find(stage, CHECKS, [{ who: BOB, text: "directly" }]);
  expect(stage.text).toContain("ok    UDP         answered in 3 ms");
  expect(stage.text).toMatch(/warn {2}IPv6 +none\n.*fix: turn it on/);
  expect(stage.text).toMatch(/how people will be reached\n.*bob +directly/);
  expect(stage.text).toContain("Your network: Nothing failed, 1 warning.");
  expect(stage.text).not.toContain("looking:");
});

test("what does not fit beside a check goes on below its words", () => {
  const text = "the router lets in only what comes from where something was sent to before";
  const stage = visiting();
  find(stage, [{ name: "filtering", state: "ok", text, fix: null }]);

  expect(stage.text).toMatch(/ok {4}filtering {3}the router lets [^\n]+\n.*│ {19}[a-z]/);
});

test("a title that is cut stands apart from how much more there is", () => {
  const stage = visiting();
  find(stage, Array.from({ length: 4 }, () => CHECKS).flat());
  stage.face.handleSize({ columns: 50, lines: 10 });

  expect(stage.lines[0]).toMatch(/^ Your network: [^…]*… {2}↓ \d+ more {2}Esc leaves$/);
});

test("who has left the page is not brought back to it", () => {
  const stage = visiting();
  stage.press("escape");
  find(stage, CHECKS);

  expect(stage.text).not.toContain("Your network");
});

test("where it could not be looked, the page says why", () => {
  const stage = visiting();
  const text = "no socket can be opened";
  const { req } = stage.asked("doctor");
  stage.tell({ type: "error", req, code: "INTERNAL", text });

  expect(stage.text).toContain(text);
});
