/** Whoever comes late sees what they see who were there from the start. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Backfill } from "../../lib/contract/backfill.ts";
import { View } from "../../lib/contract/view.ts";
import type { PeerEvent, Who } from "../../lib/node/events.ts";
import { PEOPLE_MAX } from "../../lib/node/roster.ts";
import { Standing } from "../../lib/ui/talk/standing.ts";
import { parsePeerId, type PeerId } from "../../lib/base/ids.ts";
import { ALICE, BOB, DIRECT, ME, message, peer, peerId, ready, SERVER } from "./events.ts";

const NAMES = ["alice", "bob", "Bob", "carol"];
const BLOCKED: Who = { name: "carol", id: peerId("c1") };
const IDS = [peerId("a1"), peerId("b1"), peerId("b2"), BLOCKED.id];
const ROOMS = ["#lobby", "#dev", "#den"];

/** A step, before anybody has a name: those may change on the way. */
type Step = (call: (person: number) => Who, rename: (person: number, name: string) => Who) => Told;
type Told = PeerEvent | readonly PeerEvent[];

const person = fc.nat(IDS.length - 1);
const room = fc.constantFrom(...ROOMS);
const peerState = fc.constantFrom("connecting", "connected", "unreachable", "gone");
const trust = fc.constantFrom("new", "known", "verified", "changed");
const equivocated = fc.option(fc.uniqueArray(room, { minLength: 1 }), { nil: undefined });

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(person, peerState, trust, equivocated).map(([who, state, of, rooms]): Step => {
    const path = state === "connected" ? DIRECT : null;
    const mark = rooms === undefined ? {} : { equivocated: rooms };
    const about = { type: "peer", number: null, state, trust: of, path, reason: null } as const;
    return (call) => ({ ...about, who: call(who), ...mark });
  }),
  fc.tuple(person, trust, fc.boolean()).map(([who, of, isBlocked]): Step => {
    return (call) => ({ type: "trust", who: call(who), trust: of, isBlocked });
  }),
  fc.tuple(person, fc.constantFrom("online", "away", "busy")).map(([who, state]): Step => {
    return (call) => ({ type: "presence", who: call(who), state });
  }),
  fc.constantFrom("online", "away", "busy").map((state): Step => {
    return () => ({ type: "reply", req: null, command: "presence", state });
  }),
  fc.tuple(person, fc.constantFrom("asked", "compare", "match")).map(([who, state]): Step => {
    return (call) => ({ type: "verify", who: call(who), state, pictures: null });
  }),
  person.map((who): Step => {
    const about = { command: "verify", trust: "known", number: "", code: "" } as const;
    return (call) => ({ type: "reply", req: "1", who: call(who), ...about, pictures: null });
  }),
  fc.tuple(person, fc.constantFrom(...NAMES, "me")).map(([who, name]): Step => {
    return (call, rename) => {
      const { name: was } = call(who);
      const renamed = rename(who, name);
      return was === name ? [] : { type: "renamed", who: renamed, was };
    };
  }),
  fc.tuple(person, room).map(([who, where]): Step => {
    return (call) => ({ type: "equivocation", who: call(who), room: where });
  }),
  fc.tuple(person, room).map(
    ([who, where]): Step =>
      (call) =>
        message(call(who), where, "hi"),
  ),
  fc.tuple(room, fc.boolean()).map(([where, isPrivate]): Step => {
    return () => ({ type: "reply", req: "1", command: "join", room: where, isPrivate });
  }),
  fc.tuple(room).map(([where]): Step => {
    return () => ({ type: "reply", req: null, command: "leave", room: where, isPrivate: false });
  }),
  room.map((where): Step => {
    const made = { command: "new", secret: "s", server: undefined } as const;
    return () => ({ type: "reply", req: "1", room: where, ...made });
  }),
  fc.constantFrom("connected", "lost", "replaced").map((state): Step => {
    const rttMs = state === "connected" ? 7 : undefined;
    return () => ({ type: "server", state, address: SERVER, id: peerId("5e"), reason: "r", rttMs });
  }),
  fc.constantFrom("full-cone", null).map((nat): Step => () => ({ type: "nat", nat, text: "so" })),
);

/** What a node tells of it: who shares a name is told of, before the name is used. */
function toldOf(all: readonly Step[]): readonly PeerEvent[] {
  const names = [...NAMES];
  const named = new Map([ME, BLOCKED].map(({ id, name }) => [id, name]));
  return all.flatMap((step) => {
    const before: PeerEvent[] = [];
    const call = (who: number): Who => {
      const [name = "", id = ME.id] = [names[who], IDS[who]];
      if (named.get(id) !== name) {
        named.set(id, name);
        const alike = [...named].filter(([, other]) => other.toLowerCase() === name.toLowerCase());
        const told = alike.map(([one, its]) => ({ name: its, id: one }));
        if (told.length > 1) for (const one of told) before.push({ type: "namesake", who: one });
      }
      return { name, id };
    };
    const told = step(call, (who, name) => {
      names[who] = name;
      return call(who);
    });
    return [...before, ...[told].flat()];
  });
}

/** How one sees everybody of whom more is known than a name, and where one is. */
function seen(view: View) {
  const people = IDS.flatMap((id) => {
    const known = view.person(id);
    if (known === undefined) return [];
    const { state, isBlocked, presence, equivocated: forked, who } = known;
    const isQuiet = presence === "online" && !known.wantsComparison;
    const isNamed = state === undefined && known.trust === undefined && isQuiet;
    if (isNamed && !isBlocked && forked.length === 0) return [];
    // Of who is blocked and is not here, nothing more is told: nobody needs to decide.
    const isSaid = state !== undefined || !isBlocked || known.trust === "changed";
    const thought = isSaid ? known.trust : "blocked";
    const about = { ...known, trust: thought, equivocated: forked.toSorted() };
    return [{ ...about, name: view.nameOf(who) }];
  });
  const rooms = view.rooms.map((name) => ({ name, isPrivate: view.isPrivate(name) }));
  return { me: view.me, people, rooms };
}

test("a view that began late is the same, whatever comes then", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), fc.nat(40), fc.boolean(), (all, cut, has) => {
      const told = [{ ...ready(has), blocked: [BLOCKED] }, ...toldOf(all)];
      const backfill = new Backfill();
      const [early, late] = [new View([]), new View([])];
      const [one, other] = [new Standing(true), new Standing(true)];
      told.forEach((event, i) => {
        if (i === cut + 1) begin();
        early.handleEvent(event);
        one.handleEvent(event);
        backfill.handleEvent(event);
        if (i > cut) follow(event);
      });
      if (told.length <= cut + 1) begin();

      expect(seen(late)).toEqual(seen(early));
      const { nat: _, ...place } = one;
      expect(other).toMatchObject(place);

      function begin(): void {
        for (const event of backfill.events()) follow(event);
      }
      function follow(event: PeerEvent): void {
        late.handleEvent(event);
        other.handleEvent(event);
      }
    }),
    { numRuns: 2000 },
  );
});

test("before the node is ready there is nothing to be told, then it says how it is by now", () => {
  const backfill = new Backfill();
  expect(backfill.events()).toEqual([]);

  const nat = { type: "nat", nat: "full-cone", text: "It lets everybody in." } as const;
  const disk = { type: "disk", state: "refusing" } as const;
  const sync = { type: "sync", room: "#lobby", state: "catching-up" } as const;
  const lobby = { ...sync, missing: 3, received: 1 };
  const lost = { type: "server", state: "lost", address: SERVER, id: BOB.id } as const;
  const gone = { ...lost, reason: "silent" };
  const alice = peer(ALICE, "connected");
  const away = { type: "presence", who: ALICE, state: "away" } as const;
  for (const event of [ready(), nat, disk, lobby, gone, peer(ALICE, "connecting"), alice, away]) {
    backfill.handleEvent(event);
  }

  const now = { ...ready(), server: null, address: null, nat: "full-cone" };
  expect(backfill.events()).toEqual([now, gone, nat, disk, alice, away, lobby]);

  const there = { ...lost, state: "connected", reason: undefined, rttMs: 5 } as const;
  backfill.handleEvent(there);
  backfill.handleEvent({ ...disk, state: "working" });
  backfill.handleEvent({ ...lobby, state: "complete" });
  backfill.handleEvent(peer(ALICE, "gone"));
  backfill.handleEvent({ type: "trust", who: BOB, trust: "known", isBlocked: true });

  const server = { address: SERVER, id: BOB.id, rttMs: 5 };
  expect(backfill.events()).toEqual([{ ...now, server, blocked: [BOB] }, nat, peer(ALICE, "gone")]);
});

test("who comes under the name of somebody known is to be decided on, late as well", () => {
  const backfill = new Backfill();
  const trusted = { type: "trust", who: BOB, trust: "changed", isBlocked: false } as const;
  for (const event of [ready(), peer(BOB, "connected"), trusted]) backfill.handleEvent(event);

  const bob = { ...peer(BOB, "connected"), trust: "changed" } as const;
  expect(backfill.events().slice(1)).toEqual([bob, trusted]);
});

test("who waits for an answer whether keys are to be compared is told of late as well", () => {
  const backfill = new Backfill();
  const asked = { type: "verify", who: BOB, state: "asked", pictures: null } as const;
  for (const event of [ready(), peer(BOB, "connected"), asked]) backfill.handleEvent(event);
  expect(backfill.events()).toEqual([ready(), peer(BOB, "connected"), asked]);

  backfill.handleEvent({ ...asked, state: "compare", pictures: [] });
  expect(backfill.events()).toEqual([ready(), peer(BOB, "connected")]);
});

test("of too many people those go first who are not here, and not blocked", () => {
  const backfill = new Backfill();
  const idOf = (i: number): PeerId => parsePeerId(`${i}`.padStart(64, "0")) ?? ME.id;
  const who = (i: number): Who => ({ name: `p${i}`, id: idOf(i) });
  backfill.handleEvent(ready());
  backfill.handleEvent(peer(who(0), "connected"));
  backfill.handleEvent({ type: "trust", who: who(1), trust: "known", isBlocked: true });
  for (let i = 2; i <= PEOPLE_MAX; i++) backfill.handleEvent(peer(who(i), "gone"));

  const [first, ...others] = backfill.events();
  expect(first).toMatchObject({ type: "ready", blocked: [who(1)] });
  const named = others.map((event) => event.type === "peer" && event.who.name);
  expect(named.length).toBe(PEOPLE_MAX - 1);
  expect(named.slice(0, 2)).toEqual(["p0", "p3"]);
});
