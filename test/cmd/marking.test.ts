import { expect, test } from "bun:test";
import { Marking } from "../../cmd/marking.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import { PlainFace } from "../../lib/ui/plain.ts";
import { ALICE, BOB, message, NOW, ready } from "../contract/events.ts";

const SHOWN = { one: () => undefined, oneWithLineFeed: () => false };

/** A plain face, and in which order its lines are written and count as shown. */
function begin() {
  const log: string[] = [];
  const command = () => undefined;
  const write = (line: string): void => {
    log.push(line.replace(/^[0-9:]+ /, ""));
  };
  const options = { rooms: ["#lobby"], awaitsServer: true, stay: false, isTyped: false };
  const face = new PlainFace({ ...options, isWatched: false }, { command, write });
  const markShown = (): void => {
    log.push("shown");
  };
  const marking = new Marking({ markShown }, () => face);
  face.handleEvent(NOW, ready());
  log.length = 0;
  const tell = (event: PeerEvent): void => {
    face.handleEvent(NOW, event);
    marking.onTold(SHOWN);
  };
  return { log, face, marking, tell };
}

test("what is written as it comes counts as shown with its line", () => {
  const { log, tell } = begin();

  tell(message(BOB, "#lobby", "one"));
  tell(message(BOB, "#lobby", "two"));

  expect(log).toEqual(["#lobby bob: one", "shown", "#lobby bob: two", "shown"]);
});

test("what is gathered does not count before it is written, nor does what came meanwhile", () => {
  const { log, face, marking, tell } = begin();

  tell({ ...message(BOB, "#dev", "early"), sentAtMs: NOW - 9_000 });
  tell(message(ALICE, "#lobby", "meanwhile"));
  marking.settle();
  const before = [...log];
  face.handleTimeout(NOW + 2_000);
  marking.settle();

  expect(before).toEqual(["#lobby alice: meanwhile"]);
  expect(log).toEqual([...before, "#dev bob: early", "shown", "shown"]);
});

test("where something is for a later run, nothing counts from then on", () => {
  const marked: string[] = [];
  const face = { isWithholding: false };
  const marking = new Marking({ markShown: () => marked.push("shown") }, () => face);

  marking.onTold(SHOWN);
  face.isWithholding = true;
  marking.onTold(SHOWN);
  marking.settle();

  expect(marked).toEqual(["shown"]);
});
