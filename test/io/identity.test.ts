import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../lib/base/bytes.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import { readOwnName, openCard, openIdentity } from "../../lib/io/identity.ts";
import { publicKeysOf } from "../../lib/io/publickeys.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { openSecret } from "../../lib/io/secret.ts";
import { failureOf } from "./support/thrown.ts";
import { modeOf, scratch, withUmask } from "./support/scratch.ts";

const fileIn = (directory: string): string => join(directory, "identity.key");

test("an identity is made once, and is the same ever after", () => {
  const file = fileIn(scratch());

  const first = openIdentity(file, systemRandom);
  const second = openIdentity(file, systemRandom);

  expect(second.peerId).toBe(first.peerId);
  expect(second.noise.publicKey).toEqual(first.noise.publicKey);
});

test("its public keys are the same before node:crypto is there", async () => {
  const secret = openSecret(fileIn(scratch()), systemRandom);
  const { peerId, noise } = identityFromSecret(secret);

  const keys = await publicKeysOf(secret);

  expect(keys).toEqual({ id: peerId, noiseKey: toHex(noise.publicKey) });
});

test("two profiles are two identities", () => {
  const one = openIdentity(fileIn(scratch()), systemRandom);
  const other = openIdentity(fileIn(scratch()), systemRandom);

  expect(one.peerId).not.toBe(other.peerId);
});

test.each([0o000, 0o022, 0o277])("its file is this user's alone under umask %o", (umask) => {
  const directory = scratch();

  withUmask(umask, () => openIdentity(fileIn(directory), systemRandom));

  expect(modeOf(fileIn(directory))).toBe("600");
  expect(readdirSync(directory)).toEqual(["identity.key"]);
});

test("its file is two lines of text: what it is, and the secret", () => {
  const file = fileIn(scratch());

  openIdentity(file, (length) => new Uint8Array(length).fill(0x5a));

  expect(readFileSync(file, "utf8")).toBe(`p2pchat identity 1\n${"5a".repeat(64)}\n`);
});

test("what a crash left of a first attempt is no hindrance", () => {
  const directory = scratch();
  writeFileSync(join(directory, "identity.key.new"), "p2pchat ident");

  openIdentity(fileIn(directory), systemRandom);

  expect(readdirSync(directory)).toEqual(["identity.key"]);
});

test.each([
  ["others can read", (f: string) => chmodSync(f, 0o644), "(mode 0644): run chmod 600 "],
  ["its group can read", (f: string) => chmodSync(f, 0o640), "(mode 0640): run chmod 600 "],
  ["others can write", (f: string) => chmodSync(f, 0o602), "(mode 0602): run chmod 600 "],
  ["is empty", (f: string) => truncateSync(f, 0), "it is cut short: put a copy of it back, or"],
  ["is cut short", (f: string) => truncateSync(f, 140), "it is cut short"],
  ["has no end", (f: string) => truncateSync(f, 147), "it is cut short"],
  ["is longer", (f: string) => writeFileSync(f, "x", { flag: "a" }), "it is damaged"],
  ["has a wrong digit", (f: string) => replace(f, /[0-9a-f]\n$/, "g\n"), "it is damaged"],
  ["is something else", (f: string) => writeFileSync(f, "-".repeat(200)), "it is damaged"],
  ["is newer", (f: string) => replace(f, "identity 1", "identity 2"), "a newer p2pchat has writ"],
  ["is a symbolic link", (f: string) => relink(f), "it is a symbolic link: put the file itself"],
  ["is a directory", (f: string) => mkdirSync(remove(f), 0o700), "it is not a regular file"],
])("a file that %s is refused in one line, and stays", async (_what, spoil, words) => {
  const file = fileIn(scratch());
  const { peerId } = openIdentity(file, systemRandom);

  spoil(file);
  const refusal = await failureOf(() => openIdentity(file, systemRandom));

  expect(refusal.message).toStartWith(`Refuse identity file ${file}: `);
  expect(refusal.message).toContain(words);
  expect(refusal.message).not.toContain("\n");
  expect(refusal.exitCode).toBe(1);
  expect(peerId).toMatch(/^[0-9a-f]{64}$/);
});

test("a file narrower than ours is accepted", () => {
  const file = fileIn(scratch());
  const { peerId } = openIdentity(file, systemRandom);

  chmodSync(file, 0o400);

  expect(openIdentity(file, systemRandom).peerId).toBe(peerId);
});

const ANN = identityFromSecret(new Uint8Array(64).fill(1));
const BOB = identityFromSecret(new Uint8Array(64).fill(2));

test("a name keeps its serial, and another one has a higher one", () => {
  const file = join(scratch(), "card.json");

  const first = openCard(file, "alice", ANN, 1000.7);
  const again = openCard(file, "alice", ANN, 2000);
  const other = openCard(file, "alicia", ANN, 3000);
  const back = openCard(file, "alice", ANN, 4000);

  const serials = [first, again, other, back].map(({ serial }) => serial);
  expect(serials).toEqual([1000, 1000, 3000, 4000]);
  expect([first.isFirst, again.isFirst]).toEqual([true, false]);
});

test("a new name's serial is higher also where the clock went back", () => {
  const file = join(scratch(), "card.json");

  openCard(file, "alice", ANN, 5000);

  expect(openCard(file, "alicia", ANN, 10).serial).toBe(5001);
});

test.each(["", "{", "null", '{"name":1}', '{"name":"alice"}', '{"name":"alice","serial":1e99}'])(
  "a card file of %j is made anew",
  (text) => {
    const file = join(scratch(), "card.json");
    writeFileSync(file, text);

    expect(openCard(file, "alice", ANN, 7)).toEqual({
      serial: 7,
      former: undefined,
      isFirst: true,
    });
    expect(openCard(file, "alice", ANN, 8).serial).toBe(7);
    expect(modeOf(file)).toBe("600");
  },
);

test("who comes after another identity is told so, once", () => {
  const file = join(scratch(), "card.json");
  openCard(file, "alice", ANN, 1000);

  const next = openCard(file, "alice", BOB, 2000);
  const again = openCard(file, "alice", BOB, 3000);

  expect(next).toEqual({
    serial: 2000,
    former: { name: "alice", id: ANN.peerId },
    isFirst: false,
  });
  expect(again).toEqual({ serial: 2000, former: undefined, isFirst: false });
});

test("a card from before keys were remembered keeps its serial", () => {
  const file = join(scratch(), "card.json");
  writeFileSync(file, '{"name":"alice","serial":1000}\n');

  const first = openCard(file, "alice", ANN, 2000);
  const other = openCard(file, "alice", BOB, 3000);

  expect(first).toEqual({ serial: 1000, former: undefined, isFirst: false });
  expect(other.former?.id).toBe(ANN.peerId);
});

test("one flipped bit of a secret makes nobody else: it is refused, and stays", async () => {
  const file = join(scratch(), "card.json");
  openCard(file, "alice", ANN, 1000);
  const card = readFileSync(file, "utf8");

  for (const at of [5, 40]) {
    const secret = new Uint8Array(64).fill(1);
    secret[at] = 0x11;
    const flipped = identityFromSecret(secret);
    for (const open of [
      () => openCard(file, "alice", flipped, 2000),
      () => readOwnName(file, flipped),
    ]) {
      const refusal = await failureOf(open);
      expect(refusal.message).toContain("it is damaged, one of its keys is not what it was");
      expect(refusal.exitCode).toBe(1);
    }
  }

  expect(readFileSync(file, "utf8")).toBe(card);
});

function replace(file: string, what: string | RegExp, by: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replace(what, by));
}

function remove(file: string): string {
  Bun.spawnSync(["rm", file]);
  return file;
}

function relink(file: string): void {
  Bun.spawnSync(["mv", file, `${file}.real`]);
  symlinkSync(`${file}.real`, file);
}
