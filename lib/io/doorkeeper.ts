import type { Random } from "../base/random.ts";
import type { Asked, AskedFollow, AskedJoin, AskedShell } from "../contract/asked.ts";
import { parseInvitation } from "../contract/invitation.ts";
import {
  INVITING_BYTES,
  invitingSecret,
  parseRoomSecret,
  SECRET_RULE,
} from "../contract/roomsecret.ts";
import type { PeerCommand } from "../node/commands.ts";
import type { Req } from "../node/events.ts";
import { wordsOf } from "./failure.ts";
import { roomKeyOf } from "./roomkey.ts";
import { readSecretLine } from "./secretfile.ts";

export interface DoorkeeperOptions {
  readonly random: Random;
  readonly command: (command: PeerCommand) => void;
  /** Asked of who runs the node. */
  readonly shell: (asked: AskedShell) => void;
  /** What was asked with this mark is not possible. */
  readonly refuse: (req: Req, text: string) => void;
  /** What waited has been worked off. */
  readonly onFree: () => void;
}

type Secret = AskedJoin | AskedFollow | Extract<Asked, { type: "new" }>;

/** A command, or why there is none. */
type Made = { readonly command: PeerCommand } | { readonly fault: string };

/**
 * Makes the keys of rooms from the secrets in what faces ask, on its way to the node. That takes
 * time; what is asked meanwhile waits for it, so that everything comes in its order.
 */
export class Doorkeeper {
  readonly #options: DoorkeeperOptions;
  #waiting: Asked[] = [];
  #isBusy = false;

  constructor(options: DoorkeeperOptions) {
    this.#options = options;
  }

  /** While it is, further input had better wait where it is. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  handle(asked: Asked): void {
    if (this.#isBusy) {
      this.#waiting.push(asked);
    } else if (asked.type === "new" || asked.type === "follow") {
      void this.#make(asked);
    } else if (asked.type === "join") {
      const { type, req, room, secret, secretFile } = asked;
      const isOpen = secret === undefined && secretFile === undefined;
      if (isOpen) this.#options.command({ type, req, room });
      else void this.#make(asked);
    } else if (isOfShell(asked)) {
      this.#options.shell(asked);
    } else {
      this.#options.command(asked);
    }
  }

  async #make(asked: Secret): Promise<void> {
    const { command, refuse, onFree } = this.#options;
    this.#isBusy = true;
    const made = await this.#made(asked);
    this.#isBusy = false;
    if ("fault" in made) refuse(asked.req, made.fault);
    else command(made.command);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const next of waiting) this.handle(next);
    if (!this.#isBusy) onFree();
  }

  async #made(asked: Secret): Promise<Made> {
    const { req } = asked;
    try {
      if (asked.type === "follow") return await invited(asked);
      const { room } = asked;
      if (asked.type === "new") {
        const secret = invitingSecret(this.#options.random(INVITING_BYTES));
        return { command: { type: "new", req, room, key: await roomKeyOf(room, secret) } };
      }
      const { secretFile } = asked;
      if (secretFile !== undefined && asked.secret !== undefined) {
        return { fault: "Give a secret or its file, not both" };
      }
      const text = secretFile === undefined ? asked.secret : await readSecretLine(secretFile);
      const secret = parseRoomSecret(text ?? "");
      if (secret === undefined) return { fault: SECRET_RULE };
      return { command: { type: "join", req, room, key: await roomKeyOf(room, secret) } };
    } catch (error) {
      return { fault: wordsOf(error) };
    }
  }
}

const OF_SHELL: ReadonlySet<Asked["type"]> = new Set<AskedShell["type"]>([
  "draft",
  "node",
  "web",
  "doctor",
  "stop",
]);

function isOfShell(asked: Asked): asked is AskedShell {
  return OF_SHELL.has(asked.type);
}

async function invited({ req, link }: AskedFollow): Promise<Made> {
  const invitation = parseInvitation(link);
  if ("fault" in invitation) return { fault: `Cannot use the invitation: ${invitation.fault}` };
  const { room, secret, server } = invitation;
  const key = secret === undefined ? undefined : await roomKeyOf(room, secret);
  return { command: { type: "join", req, room, key, server } };
}
