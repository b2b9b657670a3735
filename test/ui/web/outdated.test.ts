import { expect, test } from "bun:test";
import { goBack, placeShown } from "../../../lib/ui/web/model/goback.ts";
import { isOutdated } from "../../../lib/ui/web/model/outdated.ts";
import { BOB, message, peer, status } from "../../contract/events.ts";
import { PageStage } from "./pagestage.ts";

const OWN = ["/page-1a2b.css", "/main-3c4d.js"];

function htmlOf(...parts: readonly string[]): string {
  const [style, script] = parts;
  return `<link rel="stylesheet" href="${style}"><script type="module" src="${script}"></script>`;
}

test("a page that is made of what its node serves stays", () => {
  expect(isOutdated({ own: OWN, served: htmlOf(...OWN), before: null })).toBe(false);
});

test("a page of which the node serves another script or style is loaded anew", () => {
  const [style = "", script = ""] = OWN;
  const scripted = htmlOf(style, "/main-5e6f.js");
  expect(isOutdated({ own: OWN, served: scripted, before: null })).toBe(true);
  expect(isOutdated({ own: OWN, served: htmlOf("/page-7a8b.css", script), before: null })).toBe(
    true,
  );
  expect(isOutdated({ own: OWN, served: scripted, before: htmlOf(...OWN) })).toBe(true);
});

test("a page that was loaded anew for the very same is not loaded again", () => {
  const served = htmlOf("/page-7a8b.css", "/main-5e6f.js");
  expect(isOutdated({ own: OWN, served, before: served })).toBe(false);
});

test("a page that was loaded anew shows what it showed, where that is still there", () => {
  const stage = PageStage.ready();
  const { model } = stage;
  const lobby = placeShown(model);
  stage.tell(peer(BOB, "connected"));
  model.go(model.conversations.with(BOB), stage.now);
  const talk = placeShown(model) ?? "";
  expect([lobby, talk]).toEqual(["#lobby", "@bob"]);

  const after = PageStage.ready();
  after.tell(peer(BOB, "connected"));
  goBack(after.model, talk, after.now);
  expect(after.model.current?.who).toEqual(BOB);
  goBack(after.model, "#gone", after.now);
  expect(placeShown(after.model)).toBe("@bob");
});

test("a page is left alone as long as it alone has something", () => {
  const stage = PageStage.ready();
  const { model } = stage;
  expect(model.isKept).toBe(true);

  stage.send("hello");
  stage.tell({ ...stage.last("draft"), room: "#lobby" });
  expect(model.isKept).toBe(false);
  stage.tell(status("queued", { req: stage.last("send").req, id: "m1", room: "#lobby" }));
  expect(model.isKept).toBe(true);

  stage.write("half a thought");
  expect(model.isKept).toBe(false);
  stage.pass(1000);
  stage.tell({ ...stage.last("draft"), room: "#lobby" });
  expect(model.isKept).toBe(true);

  stage.write("/join #dev a secret");
  stage.pass(1000);
  stage.tell({ ...stage.last("draft"), room: "#lobby" });
  expect(model.isKept).toBe(false);
  stage.write("");
  stage.tell(message(BOB, "#lobby", "lunch?"));
  model.writing.change("m1", "hello");
  expect(model.isKept).toBe(false);
});
