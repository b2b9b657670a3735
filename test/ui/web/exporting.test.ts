import { expect, test } from "bun:test";
import { exportCommand } from "../../../lib/ui/web/model/exporting.ts";
import { ME, NOW } from "../../contract/events.ts";
import { PageStage } from "./pagestage.ts";

test("the page says what to type for a file of what was said, and lets it be copied", () => {
  const stage = PageStage.ready();
  stage.send("/export lobby.md");
  const about = { pid: 7, profile: "me", dataDirectory: "/home/me/p2p", server: null };
  const { req } = stage.last("node");
  const rest = { isMapped: false, me: ME, version: "1", sinceMs: NOW, faces: [] };
  stage.tell({ type: "reply", req, command: "node", ...about, ...rest });

  const command =
    'p2pchat export --data-dir "/home/me/p2p" --room "#lobby" --format md --out "lobby.md"';
  const { panel } = stage.model;
  expect(panel).toMatchObject({ kind: "lines", title: "Writing down #lobby", copied: command });
});

test("what a shell would change is quoted so that it does not", () => {
  const asked = { place: "@bob~91c0aa17", file: "it's $HOME.jsonl" };
  expect(exportCommand(asked, "/home/me")).toBe(
    `p2pchat export --data-dir "/home/me" --with "@bob~91c0aa17" --format jsonl ` +
      `--out 'it'\\''s $HOME.jsonl'`,
  );
});
