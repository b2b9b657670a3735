import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { toHex } from "../../lib/base/bytes.ts";
import { parseRoomName } from "../../lib/base/text.ts";
import {
  formatInvitation,
  INVITATION_CHARS_MAX,
  type Invitation,
  parseInvitation,
} from "../../lib/contract/invitation.ts";
import { INVITING_BYTES, invitingSecret, isInviting } from "../../lib/contract/roomsecret.ts";
import { parseServerAddress } from "../../lib/contract/serveraddress.ts";
import { publicKeysOf } from "../../lib/io/publickeys.ts";

const KEY = (await publicKeysOf(new Uint8Array(64).fill(7))).noiseKey;
const SECRET = "AAECAwQFBgcICQoLDA0ODw";

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

const secret = bytes(INVITING_BYTES).map(invitingSecret);

const room = fc
  .oneof(
    fc.stringMatching(/^[A-Za-z0-9_.-]{1,32}$/),
    fc.constantFrom("zo\u00eb", "\u6f22\u5b57", "\u0434\u043e\u043c", "-", "..", "a".repeat(32)),
    fc.constant("\u{10330}".repeat(32)),
  )
  .map((name) => parseRoomName(`#${name}`) ?? "#dev");

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const host = fc.oneof(
  fc.ipV4(),
  fc.constantFrom("[::1]", "[2001:db8::1]", "localhost"),
  fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join(".")),
);

const server = fc.tuple(host, fc.integer({ min: 1, max: 65_535 })).map(([where, port]) => {
  const parsed = parseServerAddress(`${where}:${port}#${KEY}`);
  if ("fault" in parsed || parsed.noiseKey === undefined) throw new Error("no server");
  return Object.assign(parsed, { noiseKey: parsed.noiseKey });
});

const invitation: fc.Arbitrary<Invitation> = fc.record({
  room,
  secret: fc.option(secret, { nil: undefined }),
  server: fc.option(server, { nil: undefined }),
});

test("what is written is read again, and is written the same again", () => {
  fc.assert(
    fc.property(invitation, (one) => {
      const link = formatInvitation(one);
      const read = parseInvitation(`  ${link}\n`);

      expect(link.length).toBeLessThanOrEqual(INVITATION_CHARS_MAX);
      expect(read).toEqual(one);
      expect(link).toMatch(/^p2pchat:[!-~]+$/);
    }),
  );
});

test("whatever else is given is refused or an invitation, and never thrown at", () => {
  const wild = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: "binary" }).map((text) => `p2pchat://${text}`),
    fc.webUrl({ withFragments: true }).map((url) => url.replace(/^https?/, "p2pchat")),
  );
  fc.assert(
    fc.property(wild, (text) => {
      const read = parseInvitation(text);

      if ("fault" in read) expect(read.fault).not.toBe("");
      else expect(parseInvitation(formatInvitation(read))).toEqual(read);
    }),
  );
});

test("a link of an open room, of a private one, and of the local network", () => {
  const at = { name: "192.0.2.1:3478", host: "192.0.2.1", port: 3478 };
  const known = { ...at, noiseKey: Uint8Array.fromHex(KEY) };

  expect(parseInvitation(`p2pchat://192.0.2.1:3478/dev#${KEY}`)).toEqual({
    room: "#dev",
    secret: undefined,
    server: known,
  });
  expect(parseInvitation(`p2pchat://192.0.2.1:3478/dev/${SECRET}#${KEY}`)).toEqual({
    room: "#dev",
    secret: SECRET,
    server: known,
  });
  expect(parseInvitation(`p2pchat:///dev/${SECRET}`)).toEqual({
    room: "#dev",
    secret: SECRET,
    server: undefined,
  });
  expect(toHex(known.noiseKey)).toBe(KEY);
});

const LINK = `p2pchat://192.0.2.1:3478/dev/${SECRET}#${KEY}`;

test.each([
  ["", "begin with"],
  ["http://192.0.2.1:3478/dev", "begin with"],
  [LINK.toUpperCase(), "begin with"],
  ["p2pchat://", "names no room"],
  ["p2pchat:///", "names no room"],
  ["p2pchat:///%00", "names no room"],
  ["p2pchat:///%E2%80%AE", "names no room"],
  ["p2pchat:///%zz", "names no room"],
  ["p2pchat:///a b", "characters"],
  ["p2pchat:///dev\u001b[2J", "characters"],
  ["p2pchat:///dev\u202e", "characters"],
  [`p2pchat:///${"a".repeat(33)}`, "names no room"],
  [`p2pchat:///dev/${"a".repeat(INVITATION_CHARS_MAX)}`, "too long"],
  [LINK.slice(0, 48), "secret"],
  [LINK.slice(0, -1), "key"],
  [LINK.slice(0, LINK.indexOf("#")), "lacks the server's key"],
  [LINK.replace(SECRET, `${SECRET.slice(0, -1)}x`), "secret"],
  [LINK.replace("192.0.2.1", "192.0.2.256"), "of its server"],
  [LINK.replace("192.0.2.1", "0x7f.1"), "of its server"],
  [LINK.replace("192.0.2.1", "user@host"), "of its server"],
  [LINK.replace("192.0.2.1", "[fe80::1%eth0]"), "zone"],
  [LINK.replace("3478", "0"), "port"],
  [LINK.replace("3478", "65536"), "port"],
  [LINK.replace(KEY, "0".repeat(64)), "key"],
  [`p2pchat:///dev/${SECRET}/more`, "names no room"],
  [`p2pchat://#${KEY}`, "names no room"],
  [`p2pchat:///dev#${KEY}`, "of its server"],
])("%j is refused, in words that hold nothing of it", (text, why) => {
  const read = parseInvitation(text);

  expect("fault" in read && read.fault).toContain(why);
  expect(JSON.stringify(read)).not.toContain(SECRET.slice(0, 8));
});

test("a secret that invites is 22 characters, each of which counts", () => {
  expect(invitingSecret(new Uint8Array(INVITING_BYTES).fill(255))).toBe("_____________________w");
  expect(isInviting("_____________________w")).toBe(true);
  expect(isInviting("_____________________x")).toBe(false);
  expect(isInviting("_____________________")).toBe(false);
});
