import type { AskedShell } from "../lib/contract/asked.ts";
import { Drafts } from "../lib/contract/drafts.ts";
import { formatServerAddress, type ServerAddress } from "../lib/contract/serveraddress.ts";
import { systemClock } from "../lib/io/clock.ts";
import { DraftFile } from "../lib/io/draftfile.ts";
import { wordsOf } from "../lib/io/failure.ts";
import type { PeerEvent, Req, Who } from "../lib/node/events.ts";
import type { DraftEvent, Finding, SeatedFace } from "../lib/node/shellevents.ts";
import { predictionWords } from "../lib/ui/doctorlines.ts";
import type { Examine } from "./examiner.ts";
import { version } from "./version.ts";

export interface ShellOptions {
  readonly me: Who;
  readonly profile: string;
  readonly dataDirectory: string;
  readonly server: ServerAddress | null;
  readonly isMapped: boolean;
  readonly draftsFile: string;
  /** Who looks at the node now. */
  readonly faces: () => readonly SeatedFace[];
  /** Returns where a browser finds the node's page, and lets in who opens that first. */
  readonly openPage: () => Promise<string>;
  readonly examine: Examine;
  readonly quit: () => void;
  readonly complain: (text: string) => void;
}

/** Who has asked, and who else is to know of it. */
export interface Asker {
  readonly answer: (event: PeerEvent) => void;
  readonly tellOthers: (event: PeerEvent) => void;
}

/** What faces ask of who runs the node, not of the node. */
export class Shell {
  readonly #options: ShellOptions;
  readonly #file: DraftFile;
  readonly #drafts: Drafts;
  readonly #sinceMs = systemClock.now();

  constructor(options: ShellOptions) {
    this.#options = options;
    this.#file = new DraftFile(options.draftsFile, options);
    this.#drafts = new Drafts(this.#file.read());
  }

  /** For who comes late. */
  get drafts(): readonly DraftEvent[] {
    return this.#drafts.events;
  }

  handleEvent(event: PeerEvent): void {
    if (this.#drafts.handleEvent(event)) this.#keepDrafts();
  }

  handle(asked: AskedShell, { answer, tellOthers }: Asker): void {
    const { req } = asked;
    switch (asked.type) {
      case "draft": {
        // Told all in one order, so that they agree on which is the last.
        const written = this.#drafts.write(systemClock.now(), asked);
        tellOthers(written);
        answer({ ...written, req });
        this.#keepDrafts();
        return;
      }
      case "node":
        return answer({ type: "reply", req, command: "node", ...this.#node() });
      case "web":
        void this.#openPage(req).then(answer);
        return;
      case "doctor":
        this.#examine(req, answer);
        return;
      case "stop":
        return this.#options.quit();
      default:
        return asked satisfies never;
    }
  }

  close(): void {
    this.#file.flush();
  }

  #node() {
    const { profile, dataDirectory, isMapped, me, faces } = this.#options;
    const server = this.#options.server && formatServerAddress(this.#options.server);
    const about = { pid: process.pid, profile, dataDirectory, server, isMapped, me, version };
    return { ...about, sinceMs: this.#sinceMs, faces: faces() };
  }

  #examine(req: Req, answer: Asker["answer"]): void {
    const servers: string[] = [];
    const checks: Finding[] = [];
    const people: { who: Who; text: string }[] = [];
    this.#options.examine(
      (event) => {
        if (event.kind === "servers") servers.push(...event.servers);
        if (event.kind === "check") checks.push(event.check);
        if (event.kind !== "prediction") return;
        const { who, ...about } = event.prediction;
        people.push({ who, text: predictionWords(about) });
      },
      (fault) => {
        if (fault !== undefined) answer({ type: "error", req, code: "INTERNAL", text: fault });
        else answer({ type: "reply", req, command: "doctor", servers, checks, people });
      },
    );
  }

  async #openPage(req: Req): Promise<PeerEvent> {
    try {
      return { type: "reply", req, command: "web", url: await this.#options.openPage() };
    } catch (error) {
      return { type: "error", req, code: "INTERNAL", text: wordsOf(error) };
    }
  }

  #keepDrafts(): void {
    this.#file.keep(() => this.#drafts.kept);
  }
}
