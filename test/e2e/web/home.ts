import { type BrowserOptions, Browser } from "../../support/browser.ts";
import { ask } from "../../support/chat.ts";
import { BINARY, Program } from "../../support/program.ts";
import { Terminal } from "../../support/terminal.ts";
import { Rig } from "../rig.ts";
import { PageTab } from "./pagetab.ts";

/** Alice's machine: a node without a face of its own, and all that comes to it. */
export class Home implements AsyncDisposable {
  readonly rig: Rig;
  /** Each let one browser in, and is to be seen nowhere else. */
  readonly tokens: string[] = [];
  readonly #tabs = new Set<PageTab>();
  readonly #terminals = new Set<Terminal>();
  #pid = 0;

  private constructor(rig: Rig) {
    this.rig = rig;
  }

  static async start(): Promise<Home> {
    const home = new Home(await Rig.start());
    await home.startNode();
    return home;
  }

  /** The node's process. */
  get pid(): number {
    return this.#pid;
  }

  get flags(): readonly string[] {
    return ["--data-dir", this.rig.scratch.join("alice")];
  }

  async startNode(): Promise<void> {
    const own = ["--name", "alice", "--no-lan", "--no-portmap", "--log-level", "trace"];
    const args = [...own, "--server", this.rig.address, ...this.flags];
    const { exitCode, stdout, stderr } = await this.rig.run(["client", "--background", ...args]);
    if (exitCode !== 0) throw new Error(`The node did not start: ${stderr}`);
    this.#pid = Number(/\(process (\d+)\)/.exec(stdout)?.[1]);
  }

  /** A face that is spoken to in JSON. */
  async json(): Promise<Program> {
    const command = [BINARY, "attach", ...this.flags, "--json"];
    const face = this.rig.track(new Program(command, { cwd: this.rig.scratch.path }));
    await face.line({ type: "ready" });
    return face;
  }

  /** Where the page is, for one browser. */
  async url(): Promise<string> {
    await using face = await this.json();
    const url = String((await ask(face, { type: "web" }))["url"]);
    this.tokens.push(new URL(url).hash.slice(1));
    return url;
  }

  /** A tab that has the page; those after the first come by the cookie that it was given. */
  async tab(options: BrowserOptions = {}): Promise<PageTab> {
    const [first] = this.#tabs;
    const url = first === undefined ? await this.url() : await first.browser.address();
    const tab = new PageTab(await Browser.open(options));
    this.#tabs.add(tab);
    await tab.browser.go(url);
    await tab.browser.until(`document.querySelector("nav.rooms")`);
    return tab;
  }

  async close(tab: PageTab): Promise<void> {
    if (this.#tabs.delete(tab)) await tab.browser[Symbol.asyncDispose]();
  }

  /** The full screen at the same node. */
  async terminal(): Promise<Terminal> {
    const terminal = await Terminal.open({ columns: 100, lines: 30, cwd: this.rig.scratch.path });
    this.#terminals.add(terminal);
    await terminal.run([BINARY, "attach", ...this.flags].join(" "));
    await terminal.shows(/#\S+ ›/);
    return terminal;
  }

  async closeTerminal(terminal: Terminal): Promise<void> {
    if (this.#terminals.delete(terminal)) await terminal[Symbol.asyncDispose]();
  }

  /** Whether any face is there, as the node says itself. */
  async hasFace(): Promise<boolean> {
    const { stdout } = await this.rig.run(["status", "--json", ...this.flags]);
    return !stdout.includes('"faces":[]');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tab of this.#tabs) await this.close(tab);
    for (const terminal of this.#terminals) await this.closeTerminal(terminal);
    await this.rig.run(["stop", ...this.flags]);
    await this.rig[Symbol.asyncDispose]();
  }
}
