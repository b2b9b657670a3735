/** A full screen that fails at the first key: compiled by the test that looks at what is left. */
import { parsePeerId } from "../../lib/base/ids.ts";
import { KeyMap } from "../../lib/ui/tui/keymap.ts";
import { UNICODE_SIGNS } from "../../lib/ui/tui/signs.ts";
import { openScreen } from "../../lib/ui/tui/terminal.tsx";
import { TuiFace } from "../../lib/ui/tui/tuiface.ts";

const id = parsePeerId("a".repeat(64));
if (id === undefined) throw new Error("this is an id");
const me = { name: "alice", id };
const options = { rooms: ["#lobby"], me, awaitsServer: true, signs: UNICODE_SIGNS };
const face = new TuiFace(
  { ...options, keys: new KeyMap() },
  { write: () => undefined, command: () => undefined },
);
face.handleKey = (_, { name }) => {
  if (name === "r") void Promise.reject(new Error("rejected on purpose"));
  else throw new Error("thrown on purpose");
};
await openScreen({ face, now: () => Date.now(), onTurn: () => undefined, env: process.env });
