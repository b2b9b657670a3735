import { expect, test } from "bun:test";
import { openRoom } from "../../lib/chat/rooms.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { decodeChat, encodeChat } from "../../lib/wire/chat.ts";
import { decodeRun, encodeRun, type Run } from "../../lib/wire/entry.ts";
import { Prng } from "../sim/prng.ts";
import { Crowd, Member, type Tamper } from "./crowd.ts";
import { signaturesOf } from "./signatures.ts";
import { unnoticed } from "./strife.ts";

const LOBBY = openRoom("#lobby");

/** Ann, bob and a traitor, who has said three things in the lobby. */
function told(
  tamper: Tamper,
  areApart: boolean,
): { crowd: Crowd; ann: Member; bob: Member; traitor: Member } {
  const crowd = new Crowd(new Prng(1, "strife"));
  const [ann, bob] = [new Member("ann", 0), new Member("bob", 0)];
  const traitor = new Member("traitor", 0, tamper);
  for (const member of [ann, bob, traitor]) {
    crowd.add(member);
    member.chat?.join(crowd.at(member), "#lobby");
  }
  crowd.connect(traitor, ann);
  crowd.connect(traitor, bob);
  if (!areApart) crowd.connect(ann, bob);
  crowd.settle();
  for (const text of ["one", "two", "three"]) {
    crowd.say(traitor, "#lobby", text);
    crowd.settle();
  }
  crowd.pass(30_000);
  return { crowd, ann, bob, traitor };
}

function isBob({ id }: Member): boolean {
  return id === new Member("bob", 0).id;
}

function changed(run: Run): Run {
  return { ...run, entries: run.entries.map((it) => ({ ...it, body: it.body.toReversed() })) };
}

test("two whole histories are a trouble where nobody has seen that they are two", () => {
  let last: Uint8Array | undefined;
  const { crowd, ann, bob } = told((from, to, bytes) => {
    const message = decodeChat(bytes);
    const run = message?.kind === "entries" ? decodeRun(message.run) : undefined;
    if (!isBob(to)) return [bytes];
    if (run !== undefined) {
      const other = encodeRun({ ...changed(run), previous: last ?? run.previous });
      last = sha256(other);
      return [encodeChat({ kind: "entries", run: other })];
    }
    if (message?.kind !== "checkpoints" || last === undefined) return [bytes];
    const fields = { room: LOBBY, author: from.id, seq: 3, hash: last };
    const signature = signaturesOf(from.id).sign(fields);
    return [encodeChat({ ...message, checkpoints: [{ ...fields, signature }] })];
  }, true);

  expect(unnoticed(crowd, [ann, bob], LOBBY)).toHaveLength(3);
});

test("what is below something that nobody can have is told to be incomplete, no trouble", () => {
  const { crowd, ann, bob, traitor } = told((_from, to, bytes) => {
    const message = decodeChat(bytes);
    if (message?.kind === "runs") {
      return [encodeChat({ ...message, state: "missing", runs: [] })];
    }
    const run = message?.kind === "entries" ? decodeRun(message.run) : undefined;
    if (run?.seq === 2) return [];
    if (run?.seq !== 1 || !isBob(to)) return [bytes];
    return [encodeChat({ kind: "entries", run: encodeRun(changed(run)) })];
  }, false);

  const name = { room: LOBBY, author: traitor.id, seq: 1 };
  expect(ann.store.hashOf(name)).not.toBe(bob.store.hashOf(name));
  expect([ann, bob].map(({ sync }) => sync.get(LOBBY)?.state)).toEqual([
    "incomplete",
    "incomplete",
  ]);
  expect(unnoticed(crowd, [ann, bob], LOBBY)).toEqual([]);
});
