import { expect, test } from "bun:test";
import type { PeerEvent, Who } from "../../../lib/node/events.ts";
import { blockedPeople, comparing, waitingPeople } from "../../../lib/ui/web/model/requests.ts";
import { ALICE, BOB, peer } from "../../contract/events.ts";
import { PageStage } from "./pagestage.ts";

test("who wants to compare keys is told of until the person here does so too", () => {
  const stage = met();
  stage.tell(asks(BOB));
  expect(comparing(stage.model)?.who).toEqual(BOB);
  // It is said where it can be answered, and not among what was said.
  expect(stage.texts).toEqual([]);

  stage.model.verify(BOB);
  const { req } = stage.last("verify");
  const shown = { number: "12345 67890", code: "p2pchat-verify:", pictures: null };
  stage.tell({ type: "reply", req, command: "verify", who: BOB, trust: "known", ...shown });
  expect(comparing(stage.model)).toBeUndefined();
  expect(stage.model.panel).toEqual({ kind: "verify", id: BOB.id });
});

test("another face may answer, and who goes wants nothing any more", () => {
  const stage = met();
  stage.tell(asks(BOB), { type: "verify", who: BOB, state: "compare", pictures: [] });
  expect(comparing(stage.model)).toBeUndefined();

  stage.tell(asks(BOB), peer(BOB, "gone"));
  expect(comparing(stage.model)).toBeUndefined();
});

test("one who is put off is not told of before they ask again, others are", () => {
  const stage = met();
  stage.tell(asks(BOB), asks(ALICE));
  stage.model.putOff.add(BOB.id);
  expect(comparing(stage.model)?.who).toEqual(ALICE);

  stage.model.putOff.add(ALICE.id);
  expect(comparing(stage.model)).toBeUndefined();
  stage.tell(asks(BOB));
  expect(comparing(stage.model)?.who).toEqual(BOB);
});

test("who is blocked is listed as such, and waits for no decision", () => {
  const stage = met();
  stage.tell({ type: "trust", who: BOB, trust: "changed", isBlocked: false });
  expect(namesOf(waitingPeople(stage.model))).toEqual(["bob"]);
  expect(blockedPeople(stage.model)).toEqual([]);

  stage.tell({ type: "trust", who: BOB, trust: "changed", isBlocked: true }, asks(BOB));
  expect(waitingPeople(stage.model)).toEqual([]);
  expect(namesOf(blockedPeople(stage.model))).toEqual(["bob"]);
  expect(comparing(stage.model)).toBeUndefined();
});

function met(): PageStage {
  const stage = PageStage.ready();
  stage.tell(peer(BOB, "connected"), peer(ALICE, "connected"));
  return stage;
}

function asks(who: Who): PeerEvent {
  return { type: "verify", who, state: "asked", pictures: null };
}

function namesOf(people: readonly { readonly who: Who }[]): readonly string[] {
  return people.map(({ who }) => who.name);
}
