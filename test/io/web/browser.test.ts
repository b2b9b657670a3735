import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { findOpener, openInBrowser, type OpenerOptions } from "../../../lib/io/web/browser.ts";
import { Forwarding } from "../../../lib/io/web/forwarding.ts";
import { until } from "../../support/until.ts";
import { modeOf, scratch, withUmask } from "../support/scratch.ts";

const SEEN = { DISPLAY: ":0" };

function findWith(env: OpenerOptions["env"], programs = ["xdg-open", "firefox"]) {
  const which = (program: string) => (programs.includes(program) ? `/usr/bin/${program}` : null);
  return findOpener({ env, platform: "linux", which });
}

test("a browser named for this program goes before that of all, and that before any", () => {
  expect(findWith({ ...SEEN, BROWSER: "firefox", P2PCHAT_BROWSER: "mine --new" })).toEqual([
    "mine",
    "--new",
  ]);
  expect(findWith({ ...SEEN, BROWSER: "lost:firefox --private" })).toEqual([
    "firefox",
    "--private",
  ]);
  expect(findWith({ ...SEEN, BROWSER: "lost" })).toEqual(["xdg-open"]);
  expect(findWith(SEEN)).toEqual(["xdg-open"]);
  expect(findWith({ WAYLAND_DISPLAY: "wayland-0" })).toEqual(["xdg-open"]);
});

test("where nobody would see a page, none is shown", () => {
  expect(findWith({})).toBeUndefined();
  expect(findWith({ DISPLAY: "", WAYLAND_DISPLAY: "" })).toBeUndefined();
  expect(findWith(SEEN, [])).toBeUndefined();
});

test("other systems have their own way", () => {
  const which = () => null;

  expect(findOpener({ env: {}, platform: "darwin", which })).toEqual(["open"]);
  expect(findOpener({ env: {}, platform: "win32", which })?.[0]).toBe("rundll32");
});

/** A browser that writes down what it was started with. */
function browser(directory: string): { readonly program: string; readonly said: () => string } {
  const program = join(directory, "browser");
  const out = join(directory, "out");
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" >${out}.new\nmv ${out}.new ${out}\n`, {
    mode: 0o755,
  });
  return { program, said: () => (existsSync(out) ? readFileSync(out, "utf8") : "") };
}

test("a browser is started with a path as it is, and no shell reads that", async () => {
  const { program, said } = browser(scratch());
  const path = "/tmp/a b$(date);'\"%s.html";

  expect(openInBrowser([program], path)).toBe(true);

  await until(() => said() !== "", "the browser");
  expect(said()).toBe(`${path}\n`);
});

test("the path goes where the command line has a place for it", async () => {
  const { program, said } = browser(scratch());

  openInBrowser([program, "--app=%s", "last"], "/a$&b");

  await until(() => said() !== "", "the browser");
  expect(said()).toBe("--app=/a$&b\nlast\n");
});

test("where there is no such browser that is said", () => {
  expect(openInBrowser([join(scratch(), "none")], "/a")).toBe(false);
});

test("the file that leads to the page is this user's alone, and can be taken away", () => {
  const directory = scratch();
  const forwarding = new Forwarding(directory);
  const url = "http://127.0.0.1:4000/#abc-_";

  withUmask(0, () => forwarding.leadTo(url));

  expect(modeOf(forwarding.path)).toBe("600");
  expect(readFileSync(forwarding.path, "utf8")).toContain(`content="0;url=${url}"`);
  // Another program that knows the profile can take it away as well.
  new Forwarding(directory).remove();
  expect(existsSync(forwarding.path)).toBe(false);
  forwarding.remove();
});
