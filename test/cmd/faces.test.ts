import { expect, test } from "bun:test";
import { profileFlagOf } from "../../cmd/chatoptions.ts";
import { faceOf } from "../../cmd/faces.ts";
import { profilePaths } from "../../lib/io/profile.ts";
import { BOB, message, NOW, ready } from "../contract/events.ts";
import { Recorder } from "../ui/recorder.ts";

const ALONE = { server: null, isOnLan: true, profileFlag: "--profile alice" } as const;

test.each([
  [undefined, "--profile alice"],
  ["/srv/my chat", "--data-dir /srv/my\\ chat"],
])("with the data directory %j a shell begins again by %s", (dataDirectory, flag) => {
  const paths = profilePaths({ profile: "alice", dataDirectory, env: { HOME: "/h" } });

  expect(profileFlagOf(paths, dataDirectory !== undefined)).toBe(flag);
});

test("whoever wants another name is told with which flag they keep what they have", () => {
  const door = new Recorder();
  const asked = { face: "plain", to: undefined, timeoutMs: 0, stay: false, rooms: [] } as const;
  const complain = (text: string) => expect(text).toBe("");
  const face = faceOf({ ...asked, ...ALONE }, { door, fullScreen: null, complain });
  face.handleEvent(NOW, ready());

  face.handleLine(NOW, "/nick zed");

  expect(door.lines.at(-1)).toContain("p2pchat client --name zed --profile alice, and all");
});

test("a one-shot that stays writes what is said as it comes, whenever that was said", () => {
  const door = new Recorder();
  const asked = { face: "plain", to: "#ops", timeoutMs: 30_000, stay: true } as const;
  const options = { ...asked, ...ALONE, rooms: ["#ops"] };
  const complain = (text: string) => expect(text).toBe("");
  const face = faceOf(options, { door, fullScreen: null, complain });
  face.handleEvent(NOW, ready());

  face.handleEvent(NOW, { ...message(BOB, "#ops", "early"), sentAtMs: NOW - 3_600_000 });
  face.handleEvent(NOW, message(BOB, "#ops", "now"));

  expect(door.lines.map((line) => line.replace(/^.* bob/, "bob"))).toEqual([
    "bob: early",
    "bob: now",
  ]);
});
