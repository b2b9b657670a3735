import { expect, test } from "bun:test";
import type { VisitEvent } from "../../../lib/contract/doctor.ts";
import { BOB, SERVER } from "../../contract/events.ts";
import { Stage } from "./stage.ts";

const EVENTS: readonly VisitEvent[] = [
  { kind: "servers", servers: [SERVER] },
  { kind: "check", check: { name: "udp", state: "ok", text: "answered in 3 ms", fix: null } },
  { kind: "check", check: { name: "ipv6", state: "warn", text: "none", fix: "turn it on" } },
  { kind: "prediction", prediction: { who: BOB, expected: "direct", ageMs: null } },
];

function visited(...events: readonly VisitEvent[]): Stage {
  const stage = Stage.ready({ columns: 80, lines: 30 });
  stage.say("/doctor");
  for (const event of events) stage.door.visit?.tell(event);
  return stage;
}

test("the page fills as the network is looked at, and says what it comes to", () => {
  const stage = visited(...EVENTS.slice(0, 2));
  expect(stage.text).toContain("Your network");
  expect(stage.text).toContain("ok    UDP         answered in 3 ms");
  expect(stage.text).toContain("looking:");

  for (const event of EVENTS.slice(2)) stage.door.visit?.tell(event);
  stage.door.visit?.end();
  expect(stage.text).toMatch(/warn {2}IPv6 +none\n.*fix: turn it on/);
  expect(stage.text).toMatch(/how people will be reached\n.*bob +directly/);
  expect(stage.text).toContain("Your network: Nothing failed, 1 warning.");
  expect(stage.text).not.toContain("looking:");
});

test("what does not fit beside a check goes on below its words", () => {
  const text = "the router lets in only what comes from where something was sent to before";
  const check = { name: "filtering", state: "ok", text, fix: null } as const;
  const stage = visited({ kind: "check", check });

  expect(stage.text).toMatch(/ok {4}filtering {3}the router lets [^\n]+\n.*│ {19}[a-z]/);
});

test("a title that is cut stands apart from how much more there is", () => {
  const stage = visited(...Array.from({ length: 4 }, () => EVENTS).flat());
  stage.face.handleSize({ columns: 50, lines: 10 });
  stage.door.visit?.end();

  expect(stage.lines[0]).toMatch(/^ Your network: [^…]*… {2}↓ \d+ more {2}Esc leaves$/);
});

test("who has left the page is not brought back to it", () => {
  const stage = visited(...EVENTS.slice(0, 1));
  stage.press("escape");
  for (const event of EVENTS.slice(1)) stage.door.visit?.tell(event);
  stage.door.visit?.end("no socket can be opened");

  expect(stage.text).not.toContain("Your network");
});

test("where it could not be looked, the page says why", () => {
  const stage = visited();
  stage.door.visit?.end("no socket can be opened");

  expect(stage.text).toContain("no socket can be opened");
});
