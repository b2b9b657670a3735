/** What a face asks comes out of the line that is made of it. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { peerIdOf } from "../../lib/base/ids.ts";
import type { Asked } from "../../lib/contract/asked.ts";
import { commandLineOf } from "../../lib/contract/commandline.ts";
import { parsePeerLine } from "../../lib/contract/incoming.ts";
import { formatInvitation } from "../../lib/contract/invitation.ts";

type Line = Exclude<Asked, { type: "pace" }>;
type Type = Line["type"];
type LinesOf = { readonly [T in Type]: fc.Arbitrary<Line & { readonly type: T }> };

const is = <const Value>(value: Value): fc.Arbitrary<Value> => fc.constant(value);
const nullable = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => {
  return fc.option(value, { nil: null });
};
const req = nullable(fc.string({ maxLength: 128 }));
const text = fc.string({ unit: "binary", minLength: 1, maxLength: 80 });
const id = fc.string({ maxLength: 128 });
const flag = fc.boolean();
const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,32}$/);
const digits = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(peerIdOf);
const room = name.map((bare) => `#${bare}`);
const keptRoom = fc.oneof(
  room,
  fc.tuple(room, digits).map(([bare, all]) => `${bare}~${all.slice(0, 8)}`),
);
const person = fc.oneof(
  name.map((bare) => `@${bare}`),
  fc.tuple(name, digits).map(([bare, all]) => `@${bare}~${all.slice(0, 8)}`),
);
const target = fc.oneof(room, person);
const place = { room: nullable(keptRoom), with: nullable(person) };
const limit = fc.integer({ min: 1, max: 500 });

const LINES: LinesOf = {
  send: fc.record(
    { type: is("send"), req, to: target, text, replyTo: id, action: flag },
    { requiredKeys: ["type", "req", "to", "text"] },
  ),
  edit: fc.record({ type: is("edit"), req, id, text }),
  delete: fc.record({ type: is("delete"), req, id }),
  react: fc.record({
    type: is("react"),
    req,
    id,
    emoji: fc.constantFrom("👍", "❤️", "👩‍🚀"),
    on: flag,
  }),
  topic: fc.record({ type: is("topic"), req, room, topic: nullable(text) }),
  list: fc.record({ type: is("list"), req }),
  peer: fc.record({ type: is("peer"), req, number: fc.integer({ min: 1 }) }),
  register: fc.record({ type: is("register"), req }),
  punch: fc.record({ type: is("punch"), req, to: nullable(target) }),
  join: fc.record(
    {
      type: is("join"),
      req,
      room,
      secret: fc.constantFrom("correct horse battery", "staple my horse"),
      secretFile: fc.string({ minLength: 1, maxLength: 80 }),
    },
    { requiredKeys: ["type", "req", "room"] },
  ),
  follow: fc.record({
    type: is("follow"),
    req,
    link: room.map((of) => formatInvitation({ room: of, secret: undefined, server: undefined })),
  }),
  new: fc.record({ type: is("new"), req, room }),
  invite: fc.record({ type: is("invite"), req, room }),
  rooms: fc.record({ type: is("rooms"), req }),
  leave: fc.record({ type: is("leave"), req, room }),
  who: fc.record({ type: is("who"), req, room }),
  why: fc.record({ type: is("why"), req, to: person }),
  whois: fc.record({ type: is("whois"), req, to: person }),
  retry: fc.record({ type: is("retry"), req, to: person }),
  verify: fc.record({
    type: is("verify"),
    req,
    to: person,
    answer: nullable(fc.string({ maxLength: 256 })),
  }),
  trust: fc.record({ type: is("trust"), req, to: person }),
  block: fc.record({ type: is("block"), req, to: person }),
  unblock: fc.record({ type: is("unblock"), req, to: person }),
  history: fc.record({
    type: is("history"),
    req,
    ...place,
    before: nullable(id),
    after: nullable(id),
    around: nullable(id),
    beginning: flag,
    limit,
  }),
  outbox: fc.record({ type: is("outbox"), req, limit }),
  cancel: fc.record({ type: is("cancel"), req, id }),
  read: fc.record({ type: is("read"), req, id }),
  unread: fc.record({ type: is("unread"), req }),
  presence: fc.record({
    type: is("presence"),
    req,
    state: fc.constantFrom("online", "away", "busy"),
  }),
  typing: fc.record({ type: is("typing"), req, to: target, typing: flag }),
  retain: fc.record({
    type: is("retain"),
    req,
    ...place,
    keep: nullable(fc.constantFrom("forever", "30d", "5h", "1000")),
  }),
  search: fc.record({ type: is("search"), req, ...place, text, limit }),
  draft: fc.record({
    type: is("draft"),
    req,
    to: target,
    text: fc.string({ unit: "binary" }),
    replyTo: nullable(id),
  }),
  node: fc.record({ type: is("node"), req }),
  web: fc.record({ type: is("web"), req }),
  doctor: fc.record({ type: is("doctor"), req }),
  stop: fc.record({ type: is("stop"), req }),
  quit: fc.record({ type: is("quit") }),
};

test.each(Object.entries(LINES))("%s is asked by a line as it is here", (type, commands) => {
  // Lines may say with what mark they are to be answered: here nothing answers it.
  const mark = type === "quit" ? { req: null } : {};
  fc.assert(
    fc.property(fc.oneof<fc.Arbitrary<Line>[]>(commands), (command) => {
      const incoming: unknown = parsePeerLine(commandLineOf(command));
      expect(incoming).toEqual({ command: { ...command, ...mark } });
    }),
  );
});

test("a line is one line, and says no more than was asked", () => {
  const line = commandLineOf({ type: "send", req: null, to: "@bob", text: "a\n\u202eb\u0000" });

  expect(line).toBe(String.raw`{"type":"send","req":null,"to":"@bob","text":"a\n\u202eb\u0000"}`);
});
