import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { paintingOf } from "./painting.ts";
import { enterRuntimeFolder, leaveRuntimeFolder } from "./runtimefolder.ts";
import { WAIT_MS } from "./until.ts";

export interface TerminalOptions {
  readonly columns: number;
  readonly lines: number;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Its own colours, as tmux writes them, which it tells to programs that ask (OSC 10 and 11). */
  readonly colours?: string;
}

const SETTLED_MS = 60;

/** A real terminal with a shell in it, which `tmux` plays: keys in, screens out. */
export class Terminal implements AsyncDisposable {
  readonly #socket: string;
  readonly #directory: string;
  readonly #runtime = enterRuntimeFolder();

  private constructor(socket: string, directory: string) {
    this.#socket = socket;
    this.#directory = directory;
  }

  static async open(options: TerminalOptions): Promise<Terminal> {
    const { columns, lines, cwd, env = {}, colours = "default" } = options;
    const directory = mkdtempSync(join(tmpdir(), "p2pchat-terminal-"));
    const terminal = new Terminal(join(directory, "socket"), directory);
    const own = { PS1: "ready> ", LC_ALL: "C.UTF-8" };
    const variables = Object.entries({ ...own, ...env }).flatMap(([name, value]) => {
      return ["-e", `${name}=${value}`];
    });
    const session = ["new-session", "-d", "-x", String(columns), "-y", String(lines), "-c", cwd];
    await terminal.#tmux(["-f", "/dev/null"], [...session, ...variables, "sh", "-i"]);
    await terminal.#command("set-option", "-g", "window-style", colours);
    await terminal.#command("pipe-pane", "-o", `cat > ${join(directory, "raw")}`);
    await terminal.shows(/ready>\s*$/);
    return terminal;
  }

  /** By tmux's names: `Enter`, `C-k`, `M-a`, `F1`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#command("send-keys", ...keys);
  }

  async type(text: string): Promise<void> {
    await this.#command("send-keys", "-l", text);
  }

  /** Runs a command line in the shell. */
  async run(line: string): Promise<void> {
    await this.type(line);
    await this.press("Enter");
  }

  /** Writes to the terminal as another program would, which the one that fills it cannot know. */
  async scribble(text: string): Promise<void> {
    writeFileSync(await this.#device(), text);
  }

  async resize(columns: number, lines: number): Promise<void> {
    await this.#command("resize-window", "-x", String(columns), "-y", String(lines));
  }

  /** The screen as it is, lines without the spaces at their ends. */
  async screen(): Promise<string> {
    return await this.#command("capture-pane", "-p");
  }

  /** The same with its colours, in words. */
  async painting(): Promise<string> {
    return paintingOf(await this.#command("capture-pane", "-e", "-p"));
  }

  /** Waits until the screen has this, and returns it. */
  async shows(pattern: RegExp | string, timeoutMs = WAIT_MS): Promise<string> {
    return await this.#wait(pattern, true, timeoutMs);
  }

  async hides(pattern: RegExp | string, timeoutMs = WAIT_MS): Promise<string> {
    return await this.#wait(pattern, false, timeoutMs);
  }

  /** The screen when it has stayed the same for a moment. */
  async settled(look = () => this.screen()): Promise<string> {
    let before = await look();
    for (;;) {
      await Bun.sleep(SETTLED_MS);
      const after = await look();
      if (after === before) return after;
      before = after;
    }
  }

  /** What tmux knows of the modes that programs set, and forget. */
  async modes(): Promise<string> {
    const flags = ["alternate_on", "cursor_flag", "insert_flag", "keypad_flag", "mouse_any_flag"];
    const format = flags.map((flag) => `${flag}=#{${flag}}`).join(" ");
    return (await this.#command("display-message", "-p", format)).trim();
  }

  /** Whether it shows what is typed by itself. */
  async echoes(): Promise<boolean> {
    const stty = Bun.spawn(["stty", "-F", await this.#device(), "-a"], { stdout: "pipe" });
    return !/ -echo /.test(await new Response(stty.stdout).text());
  }

  /** Every byte that was written to the terminal since it was opened. */
  get raw(): string {
    return readFileSync(join(this.#directory, "raw"), "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#command("kill-server");
    leaveRuntimeFolder();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #wait(pattern: RegExp | string, isThere: boolean, timeoutMs: number): Promise<string> {
    let screen = "";
    const look = async (): Promise<boolean> => {
      screen = await this.screen();
      return (
        (typeof pattern === "string" ? screen.includes(pattern) : pattern.test(screen)) === isThere
      );
    };
    const end = performance.now() + timeoutMs;
    while (!(await look())) {
      if (performance.now() > end) {
        throw new Error(`The screen ${isThere ? "has no" : "still has"} ${pattern}:\n${screen}`);
      }
      await Bun.sleep(20);
    }
    return screen;
  }

  async #device(): Promise<string> {
    return (await this.#command("display-message", "-p", "#{pane_tty}")).trim();
  }

  async #command(...args: readonly string[]): Promise<string> {
    return await this.#tmux([], args);
  }

  async #tmux(flags: readonly string[], args: readonly string[]): Promise<string> {
    // A run of tests whose own colours are chosen says nothing of this terminal's.
    const noColours = { NO_COLOR: undefined, FORCE_COLOR: undefined };
    // Also that of whatever is run in it.
    const own = { LC_ALL: "C.UTF-8", XDG_RUNTIME_DIR: this.#runtime };
    const env = { ...process.env, ...own, ...noColours };
    const child = Bun.spawn(["tmux", "-S", this.#socket, ...flags, ...args], {
      env,
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (code !== 0) throw new Error(`tmux ${args[0]}: ${err.trim()}`);
    return out;
  }
}
