import { chmodSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { systemRandom } from "../../../lib/io/random.ts";
import { keepWeb, readWebKeep } from "../../../lib/io/web/webkeep.ts";
import { modeOf, scratch, withUmask } from "../support/scratch.ts";

test("what was kept is read again, and is this user's alone whatever the umask", () => {
  const file = join(scratch(), "web.json");
  const secret = systemRandom(32);

  const kept = { secret, port: 40_000, isServed: true };
  withUmask(0, () => keepWeb(file, kept));

  expect(readWebKeep(file, systemRandom)).toEqual(kept);
  expect(modeOf(file)).toBe("600");
});

test("the first time there is a secret, and no port", () => {
  const file = join(scratch(), "web.json");

  const { secret, port } = readWebKeep(file, systemRandom);

  expect(secret).toHaveLength(32);
  expect(port).toBeUndefined();
});

test("a secret that others could have read is one no more", () => {
  const file = join(scratch(), "web.json");
  const secret = systemRandom(32);
  keepWeb(file, { secret, port: 40_000, isServed: false });
  chmodSync(file, 0o640);

  expect(readWebKeep(file, systemRandom).secret).not.toEqual(secret);
});

test("a symbolic link in its place is not followed", () => {
  const directory = scratch();
  const file = join(directory, "web.json");
  const secret = systemRandom(32);
  keepWeb(join(directory, "other.json"), { secret, port: 40_000, isServed: false });
  symlinkSync("other.json", file);

  expect(readWebKeep(file, systemRandom).secret).not.toEqual(secret);
});

const short = JSON.stringify({ secret: "A".repeat(42), port: 40_000 });
const low = JSON.stringify({ secret: "A".repeat(43), port: 80 });

test.each(["", "{}", "null", short, low, `${" ".repeat(300)}{}`, "\xff"])(
  "a file that holds %j is as good as none",
  (content) => {
    const file = join(scratch(), "web.json");
    writeFileSync(file, content, { mode: 0o600 });

    const kept = readWebKeep(file, systemRandom);
    keepWeb(file, { ...kept, port: 40_000 });

    expect(kept.port).toBeUndefined();
    expect(kept.secret).not.toEqual(new Uint8Array(32));
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ port: 40_000 });
  },
);
