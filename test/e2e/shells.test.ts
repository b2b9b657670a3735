/** What the program does for a shell: completion in the shells themselves, and its manual. */
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { COMMANDS } from "../../cmd/table.ts";
import { BINARY } from "../support/program.ts";
import { ROOT } from "../support/source.ts";
import { SKIPPED } from "../support/tally.ts";
import { Terminal } from "../support/terminal.ts";
import { connected, Rig } from "./rig.ts";

/** How each is started without anybody's settings, with a prompt that the test waits for. */
const SHELLS = {
  bash: "PS1='go> ' bash --norc --noprofile",
  zsh: "PS1='go> ' zsh -f",
  fish: "fish --no-config --init-command 'function fish_prompt; echo -n \"go> \"; end'",
} as const;

/** What makes a shell take what `p2pchat completion` prints. */
const TAKES = {
  bash: 'eval "$(p2pchat completion bash)"',
  zsh: 'autoload -U compinit && compinit -D && eval "$(p2pchat completion zsh)"',
  fish: "p2pchat completion fish | source",
} as const;

/** A directory with a client's data, in which alice has met bob, and is in a second room. */
async function acquainted(): Promise<Rig> {
  const rig = await Rig.start();
  const [alice, bob] = await Promise.all([
    rig.client("alice", "--room", "#dev"),
    rig.client("bob"),
  ]);
  await connected(alice, "alice", bob, "bob");
  alice.send({ type: "quit" });
  await alice.exited;
  return rig;
}

async function sit(rig: Rig, shell: keyof typeof SHELLS): Promise<Terminal> {
  const env = { HOME: rig.scratch.path, XDG_CONFIG_HOME: rig.scratch.join("config") };
  const terminal = await Terminal.open({ columns: 100, lines: 30, cwd: rig.scratch.path, env });
  await terminal.run(`export PATH=${dirname(BINARY)}:$PATH; clear; ${SHELLS[shell]}`);
  await terminal.shows(/^go>\s*$/m);
  await terminal.run(TAKES[shell]);
  await terminal.shows(/^go> [^\n]+\n+go>\s*$/m);
  return terminal;
}

for (const shell of ["bash", "zsh", "fish"] as const) {
  const why = Bun.which(shell) === null ? `${SKIPPED}no ${shell} here: see test/setup.sh` : "";

  test.skipIf(why !== "")(
    `${shell} completes commands, flags, values, people and rooms${why}`,
    async () => {
      await using rig = await acquainted();
      await using terminal = await sit(rig, shell);
      mkdirSync(rig.scratch.join("folder"));
      const completed = async (typed: string, shown: RegExp): Promise<void> => {
        await terminal.type(typed);
        await terminal.press("Tab");
        await terminal.shows(shown);
        await terminal.press("C-u");
        await terminal.hides(shown);
      };

      await completed("p2pchat cl", /^go> p2pchat client$/m);
      await completed("p2pchat client --no-por", /p2pchat client --no-portmap/);
      await completed("p2pchat server --log-level w", /--log-level warn/);
      await completed("p2pchat server --log-level=w", /--log-level=warn/);
      await completed("p2pchat client --data-dir fol", /--data-dir folder\//);
      await completed("p2pchat client --data-dir=fol", /--data-dir=folder\//);
      await completed("p2pchat client --data-dir alice --to b", /--to bob/);
      await completed("p2pchat client --data-dir alice --to @b", /--to '?@bob/);
      await completed("p2pchat client --data-dir alice --to=b", /--to=bob/);
      await completed("p2pchat client --data-dir alice --room d", /--room dev/);
      await completed("p2pchat client --data-dir alice --room '#d", /--room (?:'#dev'|\\#dev)/);
      await completed("p2pchat client --data-dir alice --room \\#d", /--room (?:'#dev'|\\#dev)/);
      await completed("p2pchat help expo", /p2pchat help export/);
    },
    60_000,
  );
}

test("completion is silent and quick to end, whatever it is asked", async () => {
  await using rig = new Rig();
  const damaged = rig.scratch.join("damaged");
  mkdirSync(damaged);
  writeFileSync(`${damaged}/p2pchat.db`, "this is no database");
  const env = { HOME: rig.scratch.path };

  for (const args of [
    [],
    ["bash"],
    ["zsh", "client", "--to", ""],
    ["zsh", "client", "--data-dir", damaged, "--to", ""],
    ["zsh", "client", "--data-dir", rig.scratch.join("nowhere"), "--to", ""],
    ["zsh", "client", "--profile", "../..", "--to", ""],
    ["fish", "nothing", "--known", "x"],
    ["tcsh", "client", "x"],
  ]) {
    const ended = await rig.run(["complete", ...args], "", env);
    expect(ended).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  }
  expect(readdirSync(rig.scratch.path)).toEqual(["damaged"]);
  expect(readdirSync(damaged)).toEqual(["p2pchat.db"]);
});

test("scripts name the program, not where it lies, and an unknown shell is refused", async () => {
  await using rig = new Rig();

  for (const shell of Object.keys(SHELLS)) {
    const { exitCode, stdout } = await rig.run(["completion", shell]);
    expect({ exitCode, isByName: stdout.includes(`p2pchat complete ${shell}`) }).toEqual({
      exitCode: 0,
      isByName: true,
    });
    expect(stdout).not.toContain(dirname(BINARY));
  }
  const { exitCode, stderr } = await rig.run(["completion", "tcsh"]);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: "p2pchat: No completion for tcsh: p2pchat completion bash|zsh|fish\n",
  });
});

const NO_LINT = Bun.which("mandoc") === null ? `${SKIPPED}no mandoc here: see test/setup.sh` : "";
const NO_GROFF = Bun.which("groff") === null ? `${SKIPPED}no groff here: see test/setup.sh` : "";

test.skipIf(NO_LINT !== "")(`mandoc finds nothing wrong with the manual${NO_LINT}`, async () => {
  await using rig = new Rig();
  const { exitCode } = await rig.run(["man", "--out", rig.scratch.join("man")]);
  expect(exitCode).toBe(0);

  for (const file of ["man1/p2pchat.1", "man5/p2pchat-config.5", "man7/p2pchat-json.7"]) {
    const lint = Bun.spawnSync(["mandoc", "-Tlint", "-Wwarning", rig.scratch.join("man", file)]);
    expect(lint.stdout.toString() + lint.stderr.toString()).toBe("");
  }
});

test.skipIf(NO_GROFF !== "")(`groff sets every page without a warning${NO_GROFF}`, async () => {
  await using rig = new Rig();

  for (const section of ["1", "5", "7"]) {
    const { stdout } = await rig.run(["man", section]);
    const page = Buffer.from(stdout);
    const groff = Bun.spawnSync(["groff", "-ww", "-man", "-Tutf8", "-P-c"], { stdin: page });
    expect(groff.stderr.toString()).toBe("");
    expect(groff.stdout.toString()).toContain(`P2PCHAT`);
  }
});

test("the manual is as old as what the program was built from", async () => {
  await using rig = new Rig();
  const { stdout: line } = await rig.run(["--version"]);
  const [, commit = "none"] = /\(([0-9a-f]+)\b/.exec(line) ?? [];
  const git = Bun.spawnSync(["git", "show", "--no-patch", "--format=%cs", commit], { cwd: ROOT });
  // From an archive of the sources it is built with the day of that.
  const date = git.success ? git.stdout.toString().trim() : String.raw`\d{4}-\d\d-\d\d`;

  for (const section of ["1", "5", "7"]) {
    const { stdout } = await rig.run(["man", section]);
    expect(stdout).toMatch(new RegExp(String.raw`^\.TH \S+ ${section} ${date} `, "m"));
  }
});

test("the manual has every command, flag, field and code that there is", async () => {
  await using rig = new Rig();
  const directory = rig.scratch.join("man");

  const { stdout } = await rig.run(["man"]);
  await rig.run(["man", "--out", directory]);

  expect(readFileSync(`${directory}/man1/p2pchat.1`, "utf8")).toBe(stdout);
  const text = stdout.replaceAll("\\-", "-");
  for (const [name, { flags }] of Object.entries(COMMANDS)) {
    expect(text.includes(`.SS "p2pchat ${name}"`)).toBe(name !== "complete");
    for (const flag of flags) {
      if (flag.isUnlisted !== true) expect(text).toContain(`.B "--${flag.name}`);
    }
  }
  for (const word of ["/verify WHO", "P2PCHAT_ACCESSIBLE", "server.txt", '.B "130"']) {
    expect(text).toContain(word);
  }
  const { stdout: fields } = await rig.run(["man", "5"]);
  for (const word of ["share_read", "ask_hold", "KEYS.TOML", "palette"]) {
    expect(fields).toContain(word);
  }
  const { stdout: json } = await rig.run(["man", "7"]);
  for (const word of ['.B "message"', '.B "reply join|leave"', '.B "send"', '.B "punch"']) {
    expect(json).toContain(word);
  }
  expect(await rig.run(["man", "8"])).toMatchObject({ exitCode: 2, stdout: "" });
});

test("help is the same by every name, and for every command", async () => {
  await using rig = new Rig();

  const all = await rig.run(["help"]);
  const client = await rig.run(["help", "client"]);

  expect(all.stdout).toBe((await rig.run(["--help"])).stdout);
  expect(client.stdout).toBe((await rig.run(["client", "--help"])).stdout);
  expect(all.stdout).not.toMatch(/^ *complete /m);
  expect(await rig.run(["help", "clinet"])).toMatchObject({
    exitCode: 2,
    stderr: "p2pchat: Unknown command clinet: did you mean client? See p2pchat --help\n",
  });
});

test("help has colours where they are forced, and nowhere else", async () => {
  await using rig = new Rig();
  const shown = async (env: Record<string, string>): Promise<string> => {
    return (await rig.run(["--help"], undefined, env)).stdout;
  };

  const forced = await shown({ FORCE_COLOR: "1", NO_COLOR: "" });

  expect(forced).toContain("\u001b[1mUSAGE\u001b[0m p2pchat");
  expect(Bun.stripANSI(forced)).toBe(await shown({ NO_COLOR: "1", FORCE_COLOR: "" }));
});

test("who reads no further, as head does, is no trouble", async () => {
  await using rig = await acquainted();
  const commands = ["man 7", "schema", "--help", "history --data-dir alice", "export --format md"];
  const script = commands.map((command) => {
    const where = command.startsWith("export") ? " --data-dir alice --out -" : "";
    return `p2pchat ${command}${where} | head -n 1 >/dev/null; echo \${PIPESTATUS[0]}`;
  });
  const env = { PATH: `${dirname(BINARY)}:${process.env["PATH"] ?? ""}` };

  const ran = Bun.spawnSync(["bash", "-c", script.join("\n")], { cwd: rig.scratch.path, env });

  expect(ran.stderr.toString()).toBe("");
  expect(ran.stdout.toString()).toBe("0\n".repeat(commands.length));
  expect(readdirSync(rig.scratch.path)).not.toContain("-");
});
