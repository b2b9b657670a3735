import { isBlank, lineSafe } from "../base/text.ts";
import type { Asked } from "../contract/asked.ts";
import { EXIT, exitCodeOf } from "../contract/exitcodes.ts";
import { isTooLong } from "../contract/messagetext.ts";
import { isLost, Receipts } from "../contract/receipts.ts";
import type { Person } from "../contract/people.ts";
import { View } from "../contract/view.ts";
import type { PeerEvent } from "../node/events.ts";
import type { MessageEvent } from "../node/sayings.ts";
import { isBarred, type Member } from "../node/member.ts";
import { parseTarget } from "../node/target.ts";
import { TEXT_BYTES_MAX } from "../wire/limits.ts";
import type { Face, Outcome } from "./face.ts";
import { refused, undelivered } from "./undelivered.ts";

/** Lines that may wait for a receipt before further input waits. */
const OPEN_MAX = 256;

/** How often a room is looked at until somebody is there. */
const LOOK_MS = 100;

/** How long those who were introduced and are still connecting are waited for, after the first. */
const GATHERING_MS = 1000;

/** What is said into a room too late is in the outbox by then. */
const STORING_MS = 2000;

const WHO_REQ = "p2pchat/who";
/** By which rooms are entered before: who cannot enter them says nothing there. */
export const ENTER_REQ = "p2pchat/enter";

export interface OneShotOptions {
  /** `#room`, `@name` or `@name~id`. */
  readonly to: string;
  /** How long receipts are waited for once the input has ended. */
  readonly timeoutMs: number;
  /** Go on receiving when everything is delivered, and wait for that as long as it takes. */
  readonly stay: boolean;
  /** Also what is said elsewhere is shown. */
  readonly showsAll: boolean;
}

export interface OneShotDoor {
  readonly command: (command: Asked) => void;
  /** A line for the person who started it, on stderr. */
  readonly complain: (text: string) => void;
  /** Given the events but the answers to this class's own questions. */
  readonly show: (now: number, event: PeerEvent) => void;
}

interface Line {
  readonly req: string;
  readonly text: string;
}

/**
 * `--to`: every line of input is a message. It ends when every recipient's device has all of them,
 * or says why not. While input still comes, the timeout counts from the last receipt.
 */
export class OneShot implements Face {
  readonly wantsSecret = false;
  readonly #options: OneShotOptions;
  /** Whom or what it is for, as that is called by now. */
  #to: string;
  readonly #door: OneShotDoor;
  readonly #receipts = new Receipts();
  readonly #view = new View([]);
  /** `contact`: before `ready`. `members`: nobody of the room is there. `server`: no server is. */
  #step: "contact" | "members" | "server" | "open" = "contact";
  /** Read and not yet given to the node. */
  #held: readonly Line[] = [];
  /** Given to the node, which has not answered. */
  readonly #asked = new Map<string, Line>();
  /** Messages among the input, and lines of it. */
  #messages = 0;
  #lines = 0;
  #members: readonly Member[] = [];
  #lookAtMs = Infinity;
  #firstMemberAtMs = Infinity;
  #hasServer = false;
  #hasEnded = false;
  #isLate = false;
  #waitingSinceMs = Infinity;
  /** Why the server that answered is not the one that is trusted. */
  #distrust: string | undefined;
  /** Who holds some of it for whom it was said to. */
  readonly #holders = new Set<string>();
  #outcome: Outcome | undefined;
  isWithholding = false;

  constructor(options: OneShotOptions, door: OneShotDoor) {
    this.#options = options;
    this.#to = options.to;
    this.#door = door;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  get wantsInput(): boolean {
    return this.#held.length + this.#asked.size + this.#receipts.open.length < OPEN_MAX;
  }

  handleEvent(now: number, event: PeerEvent): void {
    this.#view.handleEvent(event);
    switch (event.type) {
      case "ready":
        this.#hasServer = event.server !== null;
        this.#begin();
        break;
      case "server":
        this.#hasServer = event.state === "connected";
        if (this.#hasServer && this.#step === "server") this.#open();
        break;
      case "peer":
        if (event.state === "connected" && this.#step === "members") this.#look();
        // It may be the one: there are other ways to be told of somebody than a server.
        if (event.state === "connecting" && this.#step === "server") this.#open();
        break;
      case "status":
        if (event.state === "queued" && event.req !== null) this.#asked.delete(event.req);
        if (isLost(event)) this.#handleLost(event);
        if (event.state === "delivered" && !this.#hasEnded) this.#waitingSinceMs = now;
        this.#receipts.handleStatus(event);
        break;
      case "held":
        this.#holders.add(this.#view.nameOf(event.by));
        break;
      case "error":
        this.#handleError(event);
        break;
      case "reply":
        if (event.command === "who") this.#handleMembers(now, event.members);
        break;
      case "trust":
        if (!this.#isToRoom && !this.#isIdle && isDistrusted(this.#missing())) this.#giveUp();
        break;
      case "renamed":
        this.#follow(event);
        break;
      case "nat":
      case "namesake":
      case "verify":
      case "presence":
      case "typing":
      case "message":
      case "edited":
      case "deleted":
      case "reaction":
      case "topic":
      case "sync":
      case "equivocation":
      case "disk":
      case "unread":
      case "draft":
      case "log":
      case "bye":
        break;
      default:
        event satisfies never;
    }
    this.#settle(now);
    if ("req" in event && (event.req === WHO_REQ || event.req === ENTER_REQ)) return;
    if (event.type !== "message" || this.#concerns(event)) this.#door.show(now, event);
    else this.isWithholding = true;
  }

  handleLine(now: number, line: string): void {
    this.#lines += 1;
    if (isBlank(line) || this.#outcome !== undefined) return;
    if (isTooLong(line)) {
      return this.#refuse(`is longer than a message, which holds at most ${TEXT_BYTES_MAX} bytes`);
    }
    if (this.#isIdle) this.#waitingSinceMs = now;
    this.#messages += 1;
    this.#held = [...this.#held, { req: String(this.#messages), text: line }];
    this.#send();
  }

  handleWrongLine(_now: number, fault: string): void {
    this.#lines += 1;
    this.#refuse(fault);
  }

  handleEnd(now: number): void {
    this.#hasEnded = true;
    this.#waitingSinceMs = now;
    this.#settle(now);
  }

  /** Nobody is before it who would read. */
  handleLeaving(): void {}

  handleTimeout(now: number): void {
    if (now >= this.#lookAtMs) this.#look();
    if (now >= this.#deadline) this.#handleDeadline(now);
  }

  pollTimeout(): number {
    return this.#outcome === undefined ? Math.min(this.#lookAtMs, this.#deadline) : Infinity;
  }

  get #deadline(): number {
    if (this.#options.stay) return Infinity;
    if (this.#isIdle && !this.#hasEnded) return Infinity;
    return this.#waitingSinceMs + this.#options.timeoutMs + (this.#isLate ? STORING_MS : 0);
  }

  /** What was said elsewhere meanwhile, or before, is for whoever reads it in a later run. */
  #concerns({ room, from }: MessageEvent): boolean {
    if (this.#options.showsAll || this.#isToRoom)
      return this.#options.showsAll || room === this.#to;
    const isMeant = this.#view.peopleCalled(this.#to).some(({ who }) => who.id === from.id);
    return room.startsWith("@") && isMeant;
  }

  /** Nothing is under way. */
  get #isIdle(): boolean {
    return this.#held.length + this.#asked.size + this.#receipts.open.length === 0;
  }

  get #isToRoom(): boolean {
    return this.#to.startsWith("#");
  }

  /** A line that cannot be sent ends it, unless it is to stay whatever comes. */
  #refuse(fault: string): void {
    const line = `Line ${this.#lines} of the input ${fault}`;
    if (this.#options.stay) this.#door.complain(`${line}: it was skipped`);
    else this.#outcome ??= { exitCode: EXIT.usage, text: `${line}: ${this.#sentBefore()}` };
  }

  #sentBefore(): string {
    if (this.#messages === this.#held.length) return "nothing was sent";
    const open = this.#receipts.open.length;
    const kept = open === 1 ? "1 message before it is" : `${open} messages before it are`;
    const ending = open === 0 ? "" : `, and ${kept} kept in the outbox`;
    return `neither it nor what follows was sent${ending}`;
  }

  #begin(): void {
    if (!this.#isToRoom) return this.#open();
    this.#step = "members";
    this.#look();
  }

  #open(): void {
    this.#step = "open";
    this.#send();
  }

  #send(): void {
    if (this.#step !== "open" || this.#outcome !== undefined) return;
    const lines = this.#held;
    this.#held = [];
    for (const line of lines) {
      this.#asked.set(line.req, line);
      this.#door.command({ type: "send", req: line.req, to: this.#to, text: line.text });
    }
  }

  /** What it is given goes to one person, whoever is called as they were. */
  #follow({ who, was }: Extract<PeerEvent, { type: "renamed" }>): void {
    const to = parseTarget(this.#to);
    if (to?.kind !== "person" || to.name !== was || !who.id.startsWith(to.prefix)) return;
    if (this.#view.peopleCalled(this.#to).length === 0) {
      this.#to = `@${this.#view.nameOf(who)}`;
    }
  }

  #look(): void {
    this.#lookAtMs = Infinity;
    this.#door.command({ type: "who", req: WHO_REQ, room: this.#to });
  }

  /** The recipients: who is in the room when the first, and those introduced with it, are there. */
  #handleMembers(now: number, members: readonly Member[]): void {
    if (this.#step !== "members") return;
    this.#members = members.filter((one) => one.state !== "me" && !isBarred(one));
    const isSomebodyThere = this.#members.some(({ state }) => state === "connected");
    if (isSomebodyThere) this.#firstMemberAtMs = Math.min(this.#firstMemberAtMs, now);
    const people = this.#view.peopleCalled(this.#to);
    const isGathering = people.some(({ state }) => state === "connecting");
    if (isSomebodyThere && (!isGathering || now >= this.#firstMemberAtMs + GATHERING_MS)) {
      this.#sendToMembers();
    } else {
      this.#lookAtMs = now + LOOK_MS;
    }
  }

  #sendToMembers(): void {
    this.#receipts.expect(this.#to, new Set(this.#members.map(({ id }) => id)));
    this.#lookAtMs = Infinity;
    this.#open();
  }

  #handleError({ req, code, text }: Extract<PeerEvent, { type: "error" }>): void {
    if (req === null && code === "UNTRUSTED") this.#distrust = text;
    const line = this.#asked.get(req ?? "");
    if (line === undefined && req !== ENTER_REQ) return;
    this.#asked.delete(req ?? "");
    if (line !== undefined && code === "NO_SERVER") {
      this.#held = [...this.#held, line];
      this.#step = "server";
    } else {
      this.#outcome ??= { exitCode: exitCodeOf(code), text: lineSafe(text) };
    }
  }

  /** The disk here is to be mended, not the peer asked again. */
  #handleLost({ req, reason }: Extract<PeerEvent, { type: "status" }>): void {
    if (!this.#asked.delete(req ?? "")) return;
    const text = `Not delivered: ${lineSafe(reason ?? "refused")}`;
    this.#outcome ??= { exitCode: EXIT.failure, text };
  }

  #settle(now: number): void {
    if (this.#isLate && this.#held.length + this.#asked.size === 0) this.#giveUp();
    if (!this.#isIdle || this.#outcome !== undefined) return;
    const [refusal] = this.#receipts.refusals;
    if (refusal !== undefined) {
      this.#outcome = refused(refusal);
    } else if (this.#hasEnded && !this.#options.stay) {
      this.#outcome = { exitCode: EXIT.done, text: undefined };
    } else if (!this.#hasEnded) {
      this.#waitingSinceMs = now;
    }
  }

  /** What nobody in the room was there for is kept in the outbox for those who are known. */
  #handleDeadline(now: number): void {
    if (!this.#isLate && this.#step === "members" && this.#members.length > 0) {
      this.#isLate = true;
      this.#sendToMembers();
      this.#settle(now);
    } else {
      this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#outcome ??= this.#failure();
  }

  #failure(): Outcome {
    const missing = this.#missing();
    const cut = missing.find(({ state }) => state === "unreachable");
    return undelivered({
      to: this.#to,
      timeoutMs: this.#options.timeoutMs,
      open: this.#receipts.open.length,
      holders: [...this.#holders],
      refusal: this.#receipts.refusals[0],
      distrust: this.#distrust,
      hasWay: this.#hasServer || missing.some(({ state }) => state === "connected"),
      isDistrusted: isDistrusted(missing),
      cut: cut && { name: this.#view.nameOf(cut.who), why: cut.reason },
    });
  }

  /** Recipients whose receipts have not come, as far as they are known. */
  #missing(): readonly Person[] {
    if (!this.#isToRoom) return this.#view.peopleCalled(this.#to);
    return this.#members.flatMap(({ id }) => {
      const hasAll = this.#receipts.open.every(({ by }) => by.has(id));
      const person = this.#view.person(id);
      return hasAll || person === undefined ? [] : [person];
    });
  }
}

/** Whether nothing goes to any of them before a person decides. */
function isDistrusted(people: readonly Person[]): boolean {
  return people.length > 0 && people.every(({ trust }) => trust === "changed");
}
