import { expect, test } from "bun:test";
import { webPage } from "../../../cmd/webpage.ts";
import { loadPageAssets } from "../../../lib/io/web/pageassets.ts";

const assets = await loadPageAssets(webPage);

function textAt(path: string): string {
  return new TextDecoder().decode(assets.get(path)?.bytes);
}

test("the page is made of what it names, and names nothing else", () => {
  const html = textAt("/");
  const named = [...html.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, path]) => path);

  expect(html).toStartWith("<!doctype html>");
  expect(named.length).toBeGreaterThanOrEqual(2);
  for (const path of named) expect([...assets.keys()]).toContain(path ?? "");
  expect(assets.get("/")?.contentType).toContain("text/html");
  expect(assets.get("/")?.isLasting).toBe(false);
});

test("it has no script and no style within it, which its policy would refuse", () => {
  const html = textAt("/");

  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
});

test("its parts are made for use, and may be kept", () => {
  const scripts = [...assets].filter(([path]) => path.endsWith(".js"));

  expect(scripts.length).toBeGreaterThan(0);
  for (const [path, { contentType, isLasting }] of scripts) {
    expect(isLasting).toBe(true);
    expect(contentType).toContain("text/javascript");
    // React's own words for who develops with it.
    expect(textAt(path)).not.toContain("Download the React DevTools");
  }
});

test("where there is no page that is said", async () => {
  await expect(loadPageAssets({})).rejects.toThrow("Cannot find the page in this program");
});
