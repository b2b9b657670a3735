import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { Asked } from "../../lib/contract/asked.ts";
import { formatInvitation } from "../../lib/contract/invitation.ts";
import { isInviting } from "../../lib/contract/roomsecret.ts";
import { Doorkeeper } from "../../lib/io/doorkeeper.ts";
import { systemRandom } from "../../lib/io/random.ts";
import { roomKeyOf } from "../../lib/io/roomkey.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import { Scratch } from "../support/scratch.ts";

const SECRET = "correct horse battery";
const dev = { req: "1", room: "#dev" };

/** What came of all that was asked, in order. */
async function ask(...all: readonly Asked[]): Promise<(PeerCommand | string)[]> {
  const answers: (PeerCommand | string)[] = [];
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const doorkeeper = new Doorkeeper({
    random: systemRandom,
    command: (command) => answers.push(command),
    shell: ({ type, req }) => answers.push(`${req}: ${type}, of the shell`),
    refuse: (req, text) => answers.push(`${req}: ${text}`),
    onFree: () => resolve(undefined),
  });
  for (const asked of all) doorkeeper.handle(asked);
  if (doorkeeper.isBusy) await promise;
  return answers;
}

test("what holds no secret passes at once", async () => {
  expect(await ask({ type: "join", ...dev }, { type: "quit" })).toEqual([
    { type: "join", ...dev },
    { type: "quit" },
  ]);
});

test("what is asked of who runs the node comes in its order", async () => {
  const join = { type: "join", ...dev, secret: SECRET } as const;

  const [first, second, third] = await ask({ type: "web", req: "1" }, join, {
    type: "node",
    req: "2",
  });

  expect(first).toBe("1: web, of the shell");
  expect(second).toMatchObject({ type: "join" });
  expect(third).toBe("2: node, of the shell");
});

test("what is asked after a secret waits for its key", async () => {
  const key = await roomKeyOf("#dev", SECRET);
  const said = { type: "send", req: "2", to: "#dev", text: "hi" } as const;

  const answers = await ask({ type: "join", ...dev, secret: SECRET }, said, {
    type: "join",
    ...dev,
    secret: "another secret",
  });

  expect(answers).toEqual([
    { type: "join", ...dev, key },
    said,
    { type: "join", ...dev, key: await roomKeyOf("#dev", "another secret") },
  ]);
  expect(JSON.stringify(answers)).not.toContain(SECRET);
});

test("a new room has a secret of its own", async () => {
  const [first, second] = await ask({ type: "new", ...dev }, { type: "new", ...dev });

  const keys = [first, second].map((answer) => {
    return typeof answer === "object" && answer.type === "new" ? answer.key : undefined;
  });
  const secrets = keys.map((key) => key?.invitation ?? "");
  expect(secrets.every(isInviting)).toBe(true);
  expect(secrets[0]).not.toBe(secrets[1]);
  expect(keys[0]).toEqual(await roomKeyOf("#dev", secrets[0] ?? ""));
});

test("the first line of a file is a secret", async () => {
  using scratch = new Scratch();
  const file = scratch.join("secret");
  writeFileSync(file, `${SECRET}\r\nand what else there is\n`);

  expect(await ask({ type: "join", ...dev, secretFile: file })).toEqual([
    { type: "join", ...dev, key: await roomKeyOf("#dev", SECRET) },
  ]);
});

test.each([
  ["nothing", "", "its first line is empty"],
  ["an empty line", "\nsecret secret", "its first line is empty"],
  ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 10), "it is not UTF-8 text"],
  ["too few bytes", "short\n", "8 to 256 bytes"],
  ["too many", `${"a".repeat(257)}\n`, "8 to 256 bytes"],
  ["a line without an end", "a".repeat(5000), "8 to 256 bytes"],
])("a file with %s is refused, and what follows is not", async (_, content, why) => {
  using scratch = new Scratch();
  const file = scratch.join("secret");
  writeFileSync(file, content);

  const answers = await ask({ type: "join", ...dev, secretFile: file }, { type: "quit" });

  expect(answers).toHaveLength(2);
  expect(answers[0]).toContain(why);
  expect(answers[1]).toEqual({ type: "quit" });
});

test("a file that is not there is refused, and so is more than one secret", async () => {
  const missing = { type: "join", ...dev, secretFile: "/nowhere/at/all" } as const;
  const both = { type: "join", ...dev, secretFile: "/dev/null", secret: SECRET } as const;

  const [first, second] = await ask(missing, both);

  expect(first).toContain("1: Cannot use /nowhere/at/all");
  expect(second).toBe("1: Give a secret or its file, not both");
});

test("an invitation is a room, its key if any, and who introduces members", async () => {
  const secret = "AAECAwQFBgcICQoLDA0ODw";
  const noiseKey = new Uint8Array(32).fill(9);
  const server = { name: "192.0.2.1:3478", noiseKey };
  const links = [
    formatInvitation({ room: "#dev", secret, server }),
    formatInvitation({ room: "#dev", secret: undefined, server: undefined }),
    "p2pchat://nowhere",
  ];

  const answers = await ask(...links.map((link) => ({ type: "follow", req: "1", link }) as const));

  expect(answers).toMatchObject([
    { type: "join", ...dev, key: await roomKeyOf("#dev", secret), server },
    { type: "join", ...dev, key: undefined, server: undefined },
    "1: Cannot use the invitation: it names no room",
  ]);
});
