import { expect, test } from "bun:test";
import type { KeptMessageEvent } from "../../../lib/node/sayings.ts";
import { cancelExport } from "../../../lib/ui/web/model/exporting.ts";
import { BOB, ME, NOW, peer } from "../../contract/events.ts";
import { kept } from "../tui/stage.ts";
import { PageStage } from "./pagestage.ts";

/** The file that the browser is to save, and what is in it. */
async function saved(stage: PageStage): Promise<readonly [file: string, text: string]> {
  const wish = stage.model.takeWishes().find(({ kind }) => kind === "save");
  if (wish?.kind !== "save") throw new Error("nothing is to be saved");
  return [wish.file, await wish.whole.text()];
}

function said(n: number, text: string, more: Partial<KeptMessageEvent> = {}) {
  return kept(n, text, { from: BOB, sentAtMs: NOW - 3_600_000 + n * 60_000, ...more });
}

test("a conversation is written down from its first message on, page by page", async () => {
  const stage = PageStage.ready();
  stage.send("/export notes/lobby.md");
  expect(stage.last("history")).toMatchObject({ room: "#lobby", beginning: true, limit: 200 });
  expect(stage.model.panel).toEqual({ kind: "export" });

  const edited = said(2, "two\n# lines", { edited: true });
  stage.answerHistory([said(1, "one"), edited], true);
  expect(stage.last("history")).toMatchObject({ after: edited.id });
  expect(stage.model.exportRun).toMatchObject({ messages: 2, result: undefined });
  expect(stage.model.exportRun?.share).toBeWithin(0, 0.1);

  stage.answerHistory([said(3, "three", { from: ME, states: [] })]);
  expect(stage.model.exportRun?.result).toEqual({ messages: 3, damaged: 0 });
  const [file, text] = await saved(stage);
  expect(file).toBe("lobby.md");
  expect(text).toMatch(/^# \\#lobby\n\n## 2026-11-22\n\n- \d\d:\d\d \*\*bob\*\*: one\n/);
  expect(text).toContain("**bob** (edited): two\\\n  \\# lines\n");
  expect(text).toEndWith("**me**: three\n");
});

test("what is for programs is a JSON object a line, as the terminal writes it", async () => {
  const stage = PageStage.ready();
  stage.tell(peer(BOB, "connected"));
  stage.send("/export @bob all.jsonl");
  expect(stage.last("history")).toMatchObject({ with: "@bob", beginning: true });
  stage.answerHistory([said(1, "one", { room: "@bob" }), said(2, "two", { room: "@bob" })]);

  const [file, text] = await saved(stage);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(file).toBe("all.jsonl");
  expect(lines).toMatchObject([
    { v: 1, type: "history", room: "@bob", text: "one" },
    { type: "history", text: "two" },
  ]);
});

test("who cancels gets no file, and the node is asked for no more of it", () => {
  const stage = PageStage.ready();
  stage.send("/export lobby.md");
  const asked = stage.count("history");
  cancelExport(stage.model);
  stage.answerHistory([said(1, "one")], true);

  expect(stage.count("history")).toBe(asked);
  expect(stage.model.exportRun).toBeUndefined();
  expect(stage.model.takeWishes().filter(({ kind }) => kind === "save")).toEqual([]);
});

test("why nothing was written is told", () => {
  const stage = PageStage.ready();
  stage.send("/export #attic attic.md");
  const { req } = stage.last("history");
  stage.tell({ type: "error", req, code: "NO_PEER", text: "Nothing is kept of #attic" });
  expect(stage.model.exportRun?.result).toEqual({ fault: "Nothing is kept of #attic" });

  stage.send("/export #lobby lobby.md");
  stage.model.closeAside();
  const again = stage.last("history");
  stage.tell({ type: "error", req: again.req, code: "INTERNAL", text: "p2pchat has stopped" });
  expect(stage.model.flash).toBe("Not written: p2pchat has stopped");
});

test("a file that is only a folder's name is called as what it holds", () => {
  const names = ["/tmp/", "..", ".", "/tmp/.."].map((typed) => {
    const stage = PageStage.ready();
    stage.send(`/export ${typed}`);
    return stage.model.exportRun?.file;
  });
  expect(names).toEqual(["lobby.md", "lobby.md", "lobby.md", "lobby.md"]);
});

test("who has looked elsewhere meanwhile is told that it is done", () => {
  const stage = PageStage.ready();
  stage.send("/export lobby.md");
  stage.model.closeAside();
  stage.answerHistory([said(1, "one")]);
  expect(stage.model.flash).toBe("Written to lobby.md: 1 message of #lobby");
});
