import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { keepLibrary, loadFrom } from "../../lib/io/library.ts";
import { Scratch } from "../support/scratch.ts";

const OTHER = new File(["{}"], "tree-sitter-h3hyjpa5.wasm");
const LIBRARY = new File(["as it is"], "libopentui-h3hyjpa5.so");

/** Where the renderer looks for it. */
const FILE = `@opentui/core-${process.platform}-${process.arch}/libopentui.so`;

const embedded = () => [OTHER, LIBRARY];

test("the library is put into the cache once, readable for its owner alone", async () => {
  using scratch = new Scratch();
  const env = { XDG_CACHE_HOME: scratch.path, HOME: "/dev/null" };
  const root = scratch.join("p2pchat", "opentui-0.4.5");

  expect(await keepLibrary({ env, version: "0.4.5", embedded })).toBe(root);
  expect(readFileSync(`${root}/${FILE}`, "utf8")).toBe("as it is");
  expect(statSync(`${root}/${FILE}`).mode & 0o777).toBe(0o600);
  const nothing = () => expect.unreachable();
  expect(await keepLibrary({ env, version: "0.4.5", embedded: nothing })).toBe(root);
});

test.each([undefined, "/elsewhere"])(
  "it is looked for there while what draws is loaded, and the variable is as it was then: %p",
  async (before) => {
    const rest = before === undefined ? {} : { OTUI_ASSET_ROOT: before };
    const env: Record<string, string | undefined> = { ...rest };

    const seen = await loadFrom("/kept", env, async () => env["OTUI_ASSET_ROOT"]);
    const trouble = new Error("not there");
    const failed = await loadFrom("/kept", env, () => Promise.reject(trouble)).catch(
      (error: unknown) => error,
    );

    expect(seen).toBe("/kept");
    expect(failed).toBe(trouble);
    expect(env).toEqual(rest);
    expect(Object.keys(env)).toEqual(Object.keys(rest));
  },
);

test("of another version it takes the place, and of nothing else", async () => {
  using scratch = new Scratch();
  const env = { HOME: scratch.path, XDG_CACHE_HOME: "not/absolute" };
  const cache = (name: string): string => scratch.join(".cache", "p2pchat", name);
  await keepLibrary({ env, version: "0.4.5", embedded });
  expect(existsSync(cache("opentui-0.4.5"))).toBe(true);
  writeFileSync(cache("mine"), "");

  const root = await keepLibrary({ env, version: "0.4.10", embedded });
  expect(root).toBe(cache("opentui-0.4.10"));
  expect(existsSync(cache("opentui-0.4.5"))).toBe(false);
  expect(existsSync(cache("mine"))).toBe(true);
});

test("where there is none, or no place for it, nothing is kept", async () => {
  using scratch = new Scratch();
  writeFileSync(scratch.join("file"), "");
  const version = "0.4.5";

  const env = { XDG_CACHE_HOME: scratch.path };
  expect(await keepLibrary({ env, version, embedded: () => [OTHER] })).toBeUndefined();
  expect(existsSync(scratch.join("p2pchat"))).toBe(false);
  const nowhere = { XDG_CACHE_HOME: scratch.join("file") };
  expect(await keepLibrary({ env: nowhere, version, embedded })).toBeUndefined();
});
