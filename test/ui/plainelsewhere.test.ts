import { expect, test } from "bun:test";
import { BOB, ME, message, NOW, peer, status } from "../contract/events.ts";
import { plainly } from "./plainly.ts";

test("a message of another face is told as one's own, then what becomes of it", () => {
  const { face, door } = plainly();
  face.handleEvent(NOW, peer(BOB, "connected"));
  door.lines.length = 0;

  const about = { id: "m-hi all", room: "#lobby" };
  face.handleEvent(NOW, message(ME, "#lobby", "hi all"));
  face.handleEvent(NOW, status("queued", about));
  face.handleEvent(NOW, status("sent", about));
  face.handleEvent(NOW, status("delivered", { ...about, by: BOB }));
  face.handleTimeout(NOW + 2000);

  expect(door.lines.map((line) => line.replace(/^[0-9:]+ /, ""))).toEqual([
    "#lobby you: hi all (in another window)",
    "* delivered to bob: hi all",
  ]);
});

test("that a message of another face waits is told with it, and that it went once it does", () => {
  const { face, door } = plainly();
  const about = { id: "m-hi", room: "@bob" };

  face.handleEvent(NOW, message(ME, "@bob", "hi"));
  face.handleEvent(NOW, status("queued", about));
  face.handleTimeout(NOW + 2000);
  face.handleEvent(NOW, status("sent", about));

  expect(door.lines.map((line) => line.replace(/^[0-9:]+ /, ""))).toEqual([
    "@bob you: hi (in another window, queued: bob is not connected)",
    "* sent: hi",
  ]);
});

test("what another face changes before anybody has it is told with its new words alone", () => {
  const { face, door } = plainly();
  const said = { ...message(ME, "#lobby", "hi al"), id: "m1" };
  const edited = { type: "edited", id: "m1", room: "#lobby", from: ME, text: "hi all" } as const;
  for (const event of [peer(BOB, "connected"), said]) face.handleEvent(NOW, event);
  door.lines.length = 0;

  face.handleEvent(NOW, { ...edited, isReworded: true });
  face.handleEvent(NOW, status("delivered", { id: "m1", room: "#lobby", by: BOB }));
  face.handleTimeout(NOW + 1000);

  expect(door.lines.map((line) => line.replace(/^[0-9:]+ /, ""))).toEqual([
    "#lobby me (changed before it went out): hi all",
    "* delivered to bob: hi all",
  ]);
});

test("of what another face changes nothing is told but that", () => {
  const { face, door } = plainly();
  const edited = { type: "edited", id: "m1", room: "#lobby", from: ME, text: "hi all" } as const;
  for (const event of [peer(BOB, "connected"), { ...message(ME, "#lobby", "hi al"), id: "m1" }]) {
    face.handleEvent(NOW, event);
  }
  door.lines.length = 0;

  const about = { id: "m2", room: "#lobby" };
  for (const event of [edited, status("queued", about), status("sent", about)]) {
    face.handleEvent(NOW, event);
  }
  face.handleEvent(NOW, status("delivered", { ...about, by: BOB }));
  face.handleTimeout(NOW + 2000);

  expect(door.lines).toHaveLength(1);
  expect(door.lines[0]).toEndWith(": hi all");
});

test("a room that another face enters is told of, and where one talks stays where it was", () => {
  const { face, door } = plainly();
  const told = { type: "reply", req: null, isPrivate: false } as const;
  const made = { room: "#den", secret: "AAECAwQFBgcICQoLDA0ODw", server: undefined };

  face.handleEvent(NOW, { ...told, command: "join", room: "#dev" });
  face.handleEvent(NOW, { type: "reply", req: null, command: "new", ...made });
  face.handleEvent(NOW, { ...told, command: "leave", room: "#dev" });
  face.handleLine(NOW, "hi");
  face.handleEvent(NOW, { ...told, command: "leave", room: "#lobby" });

  expect(door.lines.map((line) => line.replace(/^[0-9:]+ /, ""))).toEqual([
    "* you entered #dev in another window; you talk in #lobby here",
    "* you entered #den (private) in another window; you talk in #lobby here",
    "* you left #dev; you talk in #lobby now",
    "* you left #lobby; you talk in #den (private) now",
  ]);
  expect(door.commands).toMatchObject([{ type: "send", to: "#lobby", text: "hi" }]);
});

test("where one is in no room, one talks in the one that another face enters", () => {
  const { face, door } = plainly();
  const told = { type: "reply", req: null, isPrivate: false } as const;

  face.handleEvent(NOW, { ...told, command: "leave", room: "#lobby" });
  face.handleEvent(NOW, { ...told, command: "join", room: "#dev" });

  expect(door.lines.at(-1)).toEndWith("* you are in #dev, and talk there now");
});

test("of a message that comes to nothing it is told which it was", () => {
  const { face, door } = plainly();
  for (const text of ["one", "two"]) face.handleLine(NOW, text);
  const asked = door.commands.flatMap((one) => (one.type === "send" ? [one.req] : []));
  for (const req of asked) {
    face.handleEvent(NOW, { type: "error", req, code: "INTERNAL", text: "The node has gone" });
  }

  expect(door.lines.map((line) => line.replace(/^[0-9:]+ /, ""))).toEqual([
    "! The node has gone: one",
    "! The node has gone: two",
  ]);
});
