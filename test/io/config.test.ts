import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex } from "../../lib/base/bytes.ts";
import { findServer, parseServer, readSettings, type NamedServer } from "../../lib/io/config.ts";
import { failureOf } from "./support/thrown.ts";
import { scratch } from "./support/scratch.ts";

/** X25519 of RFC 7748 §6.1: a key of high order. */
const KEY = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

interface Given {
  readonly option?: string;
  readonly variable?: string;
  readonly serverFile?: string | Uint8Array;
  readonly config?: string;
}

/** What is found where these are given. */
function find(given: Given): NamedServer | null {
  const directory = scratch();
  const { option, variable, serverFile, config } = given;
  if (serverFile !== undefined) writeFileSync(join(directory, "server.txt"), serverFile);
  const configFile = join(directory, "config.toml");
  if (config !== undefined) writeFileSync(configFile, config);
  const env = { P2PCHAT_SERVER: variable };
  return findServer({ option, env, workingDirectory: directory, configFile });
}

test("where nobody names a server there is none", () => {
  expect(find({})).toBeNull();
  expect(find({ variable: "", config: "# nothing\n" })).toBeNull();
});

test("the first hit of the ladder wins", () => {
  const config = 'server = "d.example:4"';
  const serverFile = "192.0.2.3:3\n";
  const rungs: readonly Given[] = [
    { option: "a.example:1", variable: "b.example:2", serverFile, config },
    { variable: "b.example:2", serverFile, config },
    { serverFile, config },
    { config },
  ];

  const found = rungs.map((given) => find(given));

  expect(found.map((server) => server?.name)).toEqual([
    "a.example:1",
    "b.example:2",
    "192.0.2.3:3",
    "d.example:4",
  ]);
  expect(found.map((server) => server?.origin.split("/").at(-1))).toEqual([
    "--server",
    "P2PCHAT_SERVER",
    "server.txt",
    "config.toml, line 1",
  ]);
});

test.each([
  ["192.0.2.1:3478", "192.0.2.1:3478", "192.0.2.1", 3478],
  ["[::1]:5", "[::1]:5", "::1", 5],
  ["[FE80::1%eth0]:65535", "[fe80::1%eth0]:65535", "fe80::1%eth0", 65535],
  ["Chat.Example.ORG:1", "chat.example.org:1", "chat.example.org", 1],
  ["localhost:3478", "localhost:3478", "localhost", 3478],
  ["my_host-2:03478", "my_host-2:3478", "my_host-2", 3478],
])("%s is an address", (text, name, host, port) => {
  expect(parseServer(text, "x")).toEqual({ name, host, port, noiseKey: undefined, origin: "x" });
});

test("a key follows the address and is no part of the name", () => {
  const server = parseServer(`192.0.2.1:3478#${KEY.toUpperCase()}`, "x");

  expect(server.name).toBe("192.0.2.1:3478");
  expect(server.noiseKey).toEqual(fromHex(KEY));
});

test("server.txt may end its line in any way", () => {
  const texts = ["192.0.2.1:9", "192.0.2.1:9\n", "192.0.2.1:9\r\n", "\n 192.0.2.1:9 \n\n"];

  expect(texts.map((serverFile) => find({ serverFile })?.name)).toEqual(
    texts.map(() => "192.0.2.1:9"),
  );
});

test.each([
  ["", "it is empty: write HOST:PORT"],
  ["#", "its key is wrong"],
  ["example.org", "it has no port: write HOST:PORT"],
  ["example.org:", "its port must be a number from 1 to 65535"],
  ["example.org:0", "its port must be a number"],
  ["example.org:65536", "its port must be a number"],
  ["example.org:-1", "its port must be a number"],
  ["example.org:1e3", "its port must be a number"],
  ["example.org: 5", "its port must be a number"],
  ["::1:5", "IPv6 addresses need brackets: write [::1]:3478"],
  ["[::1]", "it has no port: write [HOST]:PORT"],
  ["[::1]x:5", "no IPv6 address"],
  ["[192.0.2.1]:5", "what is in brackets is no IPv6 address"],
  ["[::1::]:5", "what is in brackets is no IPv6 address"],
  [":5", "that is neither a host name nor an IP address"],
  ["1.2.3:5", "that is neither a host name nor an IP address"],
  ["0x7f.1:5", "that is neither a host name nor an IP address"],
  ["1.2.3.256:5", "that is neither a host name nor an IP address"],
  ["010.0.0.1:5", "that is neither a host name nor an IP address"],
  ["2130706433:5", "that is neither a host name nor an IP address"],
  ["a..b:5", "that is neither a host name nor an IP address"],
  ["-a.example:5", "that is neither a host name nor an IP address"],
  ["a b:5", "that is neither a host name nor an IP address"],
  ["http://a.example:5", "IPv6 addresses need brackets"],
  [`${"a".repeat(64)}.example:5`, "that is neither a host name nor an IP address"],
  [`${"a.".repeat(127)}aa:5`, "that is neither a host name nor an IP address"],
  ["a.example:5#12", "its key is wrong: copy the 64 digits"],
  [`a.example:5#${KEY.slice(1)}x`, "its key is wrong"],
  [`a.example:5#${"0".repeat(64)}`, "its key is wrong"],
  [`a.example:5#${KEY}#${KEY}`, "it has two keys"],
])("%j is refused with advice", async (text, advice) => {
  const refusal = await failureOf(() => parseServer(text, "--server"));

  expect(refusal.exitCode).toBe(2);
  expect(refusal.message).toStartWith("Cannot use the server's address ");
  expect(refusal.message).toContain(" from --server: ");
  expect(refusal.message).toContain(advice);
});

test("what is repeated of a wrong address is short and shows nothing dangerous", async () => {
  const { message } = await failureOf(() =>
    parseServer(`\u001b[2J\u202e\t${"x".repeat(500)}`, "y"),
  );

  expect(message).toStartWith(`Cannot use the server's address "[2J x`);
  expect(message.length).toBeLessThan(200);
});

test.each([
  ["an empty option", { option: "", variable: "a.example:1" }, "from --server: it is empty"],
  ["a variable", { variable: "x", serverFile: "192.0.2.1:9" }, "from P2PCHAT_SERVER: "],
  [
    "two lines",
    { serverFile: "192.0.2.1:9\n192.0.2.2:9\n" },
    "/server.txt: it is more than one line",
  ],
  ["an empty file", { serverFile: "\n" }, "/server.txt: it is empty: write HOST:PORT"],
  ["a long file", { serverFile: "x".repeat(5000) }, "/server.txt: it is longer than 4096 bytes"],
  ["bytes", { serverFile: Uint8Array.of(255) }, "/server.txt: it is not UTF-8 text"],
  ["no TOML", { config: "server = [" }, "/config.toml, line 1: "],
  [
    "a word of TOML",
    { config: 'server = "a.example:1"\n\nshare_read = tru\n' },
    '/config.toml, line 3: Strings must be quoted: "tru": correct it',
  ],
  [
    "an array without an end",
    { config: "a = [\n  1,\n]\nb = [\n  2,\nserver = 5\n" },
    "/config.toml, line 4: ",
  ],
  ["a number", { config: "server = 5" }, "/config.toml, line 1: server must be a string"],
  [
    "an address in TOML",
    { config: '# mine\nserver = "x"' },
    "/config.toml, line 2: it has no port",
  ],
])("what is malformed is refused, whatever is below it: %s", async (_what, given, words) => {
  const refusal = await failureOf(() => find(given));

  expect(refusal.exitCode).toBe(2);
  expect(refusal.message).toContain(words);
  expect(refusal.message).not.toContain("\n");
});

test("a directory in a file's place is refused in words", () => {
  const directory = scratch();
  const file = join(directory, "server.txt");
  mkdirSync(file);

  const sources = { option: undefined, env: {}, workingDirectory: directory, configFile: "/no" };
  expect(() => findServer(sources)).toThrow(`Cannot use ${file}: it is not a regular file`);
});

test("a pipe in a file's place does not hold us up", () => {
  const directory = scratch();
  const file = join(directory, "server.txt");
  Bun.spawnSync(["mkfifo", file]);

  const sources = { option: undefined, env: {}, workingDirectory: directory, configFile: "/no" };
  expect(() => findServer(sources)).toThrow(`Cannot use ${file}: it is not a regular file`);
});

test("a config file may say more than this version knows", () => {
  expect(find({ config: 'theme = "x"\n[a]\nb = 1\n' })).toBeNull();
});

test("the config file says whether others are told what is read; else they are not", async () => {
  const settingsOf = (text: string | undefined) => {
    const file = join(scratch(), "config.toml");
    if (text !== undefined) writeFileSync(file, text);
    return readSettings(file).sharesRead;
  };

  expect(settingsOf(undefined)).toBe(false);
  expect(settingsOf('server = "d.example:4"\n')).toBe(false);
  expect(settingsOf("share_read = true\n")).toBe(true);
  const failure = await failureOf(() => settingsOf('share_read = "yes"\n'));
  expect(failure.message).toContain("share_read must be true or false");
});

test("notices say what was said unless the config file hides that", () => {
  const file = join(scratch(), "config.toml");
  expect(readSettings(file).hidesNotices).toBe(false);

  writeFileSync(file, "hide_notices = true\n");
  expect(readSettings(file).hidesNotices).toBe(true);
});

test("holding, and being held for, are off unless the config file says otherwise", async () => {
  const file = join(scratch(), "config.toml");
  const none = readSettings(file);
  writeFileSync(file, "hold = true\nask_hold = true\n");
  const both = readSettings(file);
  writeFileSync(file, 'hold = "yes"\n');

  expect(none).toMatchObject({ holds: false, asksHold: false });
  expect(both).toMatchObject({ holds: true, asksHold: true });
  const failure = await failureOf(() => readSettings(file));
  expect(failure.message).toEndWith("hold must be true or false");
});
