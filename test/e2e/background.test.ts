/** How a client without a face is started, and what its end leaves behind. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { BINARY, Program } from "../support/program.ts";
import { Rig } from "./rig.ts";

/** Longer than anybody at hand takes to answer. */
const STANDING_MS = 4000;

const SECRET = "correct horse battery staple";

/** Begins a client in the background of a rig, with all that follows, and this as its input. */
async function begin(rig: Rig, name: string, args: readonly string[], input?: string) {
  const flags = ["--name", name, "--data-dir", rig.scratch.join(name), "--server", rig.address];
  const all = ["client", "--background", "--no-lan", "--no-portmap", ...flags, ...args];
  const ended = await rig.run(all, input);
  return { ...ended, pid: Number(/\(process (\d+)\)/.exec(ended.stdout)?.[1]) };
}

async function end(rig: Rig, name: string): Promise<void> {
  await rig.run(["stop", "--data-dir", rig.scratch.join(name)]);
}

test("a secret is read from the input, and is on no command line", async () => {
  await using rig = await Rig.start();

  const args = ["--room", "#quiet", "--room-secret-file", "-"];
  const { exitCode, pid } = await begin(rig, "alice", args, `${SECRET}\n`);
  const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  const face = await rig.run(
    ["attach", "--json", "--data-dir", rig.scratch.join("alice")],
    '{"req":"r","type":"rooms"}\n',
  );
  await end(rig, "alice");

  expect(exitCode).toBe(0);
  expect(commandLine).toContain("#quiet");
  expect(commandLine).not.toContain("horse");
  expect(face.stdout).toContain('"room":"#quiet","private":true');
});

test("what keeps it from starting is told by who was asked to start it", async () => {
  await using rig = await Rig.start();
  const { pid } = await begin(rig, "alice", []);

  const wrong = await begin(rig, "bob", ["--listen", "nowhere"]);
  const twice = await begin(rig, "alice", []);
  const [plain, web] = [await begin(rig, "bob", ["--plain"]), await begin(rig, "bob", ["--web"])];
  await end(rig, "alice");

  expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
  expect(wrong.stderr).toStartWith('p2pchat: Cannot use --listen "nowhere"');
  expect(twice).toMatchObject({ exitCode: 2, stdout: "" });
  expect(twice.stderr).toContain(`process ${pid} holds it: p2pchat attach `);
  expect(plain).toMatchObject({ exitCode: 2, stdout: "" });
  expect(plain.stderr).toContain("--background has no face, and --plain is for one");
  expect(web.exitCode).toBe(2);
  expect(web.stderr).toContain("--background has no face, and --web is for one: leave one out");
});

test("one that was killed runs no more, and can be started again", async () => {
  await using rig = await Rig.start();
  const { pid } = await begin(rig, "alice", []);
  const status = async () => rig.run(["status", "--data-dir", rig.scratch.join("alice")]);
  expect((await status()).exitCode).toBe(0);

  process.kill(pid, "SIGKILL");
  let told = await status();
  while (told.exitCode === 0) told = await status();
  expect(told).toMatchObject({ exitCode: 1, stdout: "" });

  expect((await begin(rig, "alice", [])).exitCode).toBe(0);
  expect((await status()).stdout).toStartWith("alice ");
  await end(rig, "alice");
});

test("one that stands still for a while is waited for", async () => {
  await using rig = await Rig.start();
  const { pid } = await begin(rig, "alice", []);

  process.kill(pid, "SIGSTOP");
  const asked = rig.run(["status", "--json", "--data-dir", rig.scratch.join("alice")]);
  await Bun.sleep(STANDING_MS);
  process.kill(pid, "SIGCONT");
  const told = await asked;
  await end(rig, "alice");

  expect(told).toMatchObject({ exitCode: 0, stderr: "" });
  expect(JSON.parse(told.stdout)).toMatchObject({ command: "node", pid });
});

test("who ends it is told what waits, which goes out when it runs again", async () => {
  await using rig = await Rig.start();
  const place = ["--data-dir", rig.scratch.join("alice")];
  const bob = await rig.client("bob");
  await begin(rig, "alice", []);
  const first = '{"req":"1","type":"send","to":"@bob","text":"are you there?"}\n';
  await rig.run(["attach", "--json", ...place], first);
  await bob.line({ type: "message", text: "are you there?" });
  bob.send({ type: "quit" });
  await bob.exited;
  const face = rig.track(new Program([BINARY, "attach", "--json", ...place]));
  await face.line({ type: "peer", state: "gone" });
  face.send({ req: "2", type: "send", to: "@bob", text: "then later" });
  await face.line({ type: "status", req: "2", state: "queued" });

  const ended = await rig.run(["stop", ...place]);
  await begin(rig, "alice", []);
  const again = await rig.client("bob");
  await again.line({ type: "message", text: "then later" });
  await end(rig, "alice");

  const words = "* 1 message waits for bob: it is sent when you are both online again\n";
  expect(ended).toEqual({ exitCode: 0, stdout: words, stderr: "" });
  expect(await face.line({ type: "bye" })).toMatchObject({ waiting: [{ count: 1 }] });
  expect(await face.exited).toBe(0);
  expect(face.stderr).toBe("p2pchat: This client was ended from elsewhere\n");
});

test("where several run, one has to be named", async () => {
  await using rig = await Rig.start();
  await begin(rig, "alice", []);
  await begin(rig, "bob", []);

  // Others of this account, who have no runtime directory, are none of these.
  const ask = async (args: readonly string[], input?: string) =>
    rig.run(args, input, { TMPDIR: rig.scratch.path });
  const [all, which] = [await ask(["status", "--json"]), await ask(["stop"])];
  const inWords = await ask(["status"]);
  const byName = await rig.run(["status", "--json", "--name", "alice"]);
  const byNobodys = await rig.run(["status", "--name", "carol"]);
  await end(rig, "alice");
  const face = await ask(["attach", "--json"], '{"req":"n","type":"node"}\n');
  const last = await ask(["stop"]);
  const none = await ask(["stop"]);

  expect(all.stdout.trim().split("\n")).toHaveLength(2);
  expect(which).toMatchObject({ exitCode: 2, stdout: "" });
  const [alices, bobs] = [rig.scratch.join("alice"), rig.scratch.join("bob")];
  const flags = `--data-dir ${alices}, --data-dir ${bobs}`;
  expect(which.stderr).toEndWith(`Several run here, say which: ${flags}\n`);
  expect(JSON.parse(byName.stdout)).toMatchObject({ profile: "alice", dataDirectory: alices });
  expect(byNobodys).toMatchObject({ exitCode: 1, stdout: "" });
  expect(inWords.stdout).toEndWith(`no face, data in ${bobs}\n`);
  expect(face).toMatchObject({ exitCode: 0 });
  expect(face.stdout).toContain(`"dataDirectory":"${bobs}"`);
  expect(last).toMatchObject({ exitCode: 0, stderr: "" });
  expect(none).toMatchObject({ exitCode: 1 });
});
