import { expect, test } from "bun:test";
import type { Examine } from "../../cmd/examiner.ts";
import { Shell } from "../../cmd/shell.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import { forecastWords } from "../../lib/paths/forecastwords.ts";
import { ALICE, ME, SERVER } from "../contract/events.ts";
import { Scratch } from "../support/scratch.ts";

const UDP = { name: "udp", state: "fail", text: "it is silent", fix: "ask its owner" } as const;

test("what a visit to the network finds is one answer", () => {
  const answers = examined((tell, end) => {
    tell({ kind: "servers", servers: [SERVER] });
    tell({ kind: "check", check: UDP });
    const prediction = { who: ALICE, expected: "direct", ageMs: 180_000 } as const;
    tell({ kind: "prediction", prediction });
    end(undefined);
  });
  const age = "they spoke of their router 3 min ago";
  const people = [{ who: ALICE, text: `${forecastWords("direct")}; ${age}` }];
  const found = { servers: [SERVER], checks: [UDP], people };
  expect(answers).toEqual([{ type: "reply", req: "7", command: "doctor", ...found }]);
});

test("why the network could not be looked at is said", () => {
  const text = "The network is being looked at already.";
  const answers = examined((_, end) => end(text));
  expect(answers).toEqual([{ type: "error", req: "7", code: "INTERNAL", text }]);
});

test("what somebody writes is told the other faces, and whoever wrote it, in one order", () => {
  using scratch = new Scratch();
  const shell = begun(scratch, () => undefined);
  const told: (readonly [string, PeerEvent])[] = [];
  const asker = {
    answer: (event: PeerEvent): void => void told.push(["answer", event]),
    tellOthers: (event: PeerEvent): void => void told.push(["others", event]),
  };
  const draft = { type: "draft", to: "#lobby", replyTo: null } as const;
  shell.handle({ ...draft, req: "1", text: "a" }, asker);
  shell.handle({ ...draft, req: "2", text: "ab" }, asker);
  shell.close();

  const event = { type: "draft", room: "#lobby", replyTo: null } as const;
  expect(told).toEqual([
    ["others", { ...event, req: null, text: "a" }],
    ["answer", { ...event, req: "1", text: "a" }],
    ["others", { ...event, req: null, text: "ab" }],
    ["answer", { ...event, req: "2", text: "ab" }],
  ]);
});

/** What is answered by a shell that looks at its network so. */
function examined(examine: Examine): readonly PeerEvent[] {
  using scratch = new Scratch();
  const shell = begun(scratch, examine);
  const answers: PeerEvent[] = [];
  const answer = (event: PeerEvent): void => void answers.push(event);
  shell.handle({ type: "doctor", req: "7" }, { answer, tellOthers: () => undefined });
  return answers;
}

function begun(scratch: Scratch, examine: Examine): Shell {
  const nothing = (): void => undefined;
  return new Shell({
    me: ME,
    profile: "me",
    dataDirectory: scratch.path,
    server: null,
    isMapped: false,
    draftsFile: scratch.join("drafts.json"),
    faces: () => [],
    openPage: () => Promise.resolve(""),
    examine,
    quit: nothing,
    complain: nothing,
  });
}
