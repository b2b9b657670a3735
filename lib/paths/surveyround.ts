import { type Address, hostOf, portOf } from "../base/address.ts";
import { Queue } from "../base/queue.ts";
import type { Random } from "../base/random.ts";
import type { StunMessage } from "../wire/stun.ts";
import { type Notes, serverSees } from "./evidence.ts";
import { type Outcome, type Question, Questions, type StunSend } from "./questions.ts";

/** When observers are asked, in ms. Silence means much: at 10 % loss each way it lies 0.19^5. */
const TRIES_MS: readonly number[] = [0, 150, 400, 700, 1000];

/** Where two ways lead to the same. */
const FEW_TRIES_MS: readonly number[] = [0, 150, 400];

/** Where there are many: a port that was taken later tells little. */
const PORTS_TRIES_MS: readonly number[] = [0, 1000];

/** What is asked to know where a sequence has come to: an answer that comes late tells it wrong. */
const ONCE_MS: readonly number[] = [0];

/** Sockets that ask so, at once: one is likely to be answered. */
export const REFRESH_SOCKETS = 2;

/** Sockets that take a port each, at once; and those that come one by one to see others' pace. */
const PORTS_AT_ONCE = 9;
const PORTS_LATER = 4;
const PORTS_LATER_MS = 200;

/**
 * 38 at the most without loss, and 60 where answers take 0.8 s: the first questions are then asked
 * several times. With those of the lifetime, 20 at the most, it makes 80.
 */
export const SURVEY_DATAGRAMS_MAX = 60;

const BASE_TRIES_MS: Readonly<Record<Side["role"], readonly number[]>> = {
  filtering: TRIES_MS,
  hairpin: TRIES_MS,
  ports: PORTS_TRIES_MS,
  refresh: ONCE_MS,
};

export interface RoundOptions {
  readonly random: Random;
  readonly mainSocket: number;
  /** The number of one more socket, which is then asked for with `open`. */
  readonly nextSocket: () => number;
  /** Takes over a socket with its mapped port, last used at `sinceMs`; false where it does not. */
  readonly keep: (socket: number, port: number, sinceMs: number) => boolean;
}

export type RoundOutput =
  | ({ readonly kind: "send" } & StunSend)
  | { readonly kind: "open"; readonly socket: number }
  | { readonly kind: "close"; readonly socket: number };

export type SideState =
  { readonly step: "opened"; readonly port: number } | { readonly step: "failed" };

type Topic = "map" | "base" | "port" | "address" | "poison" | "hairpin";

/** A socket of the survey's own. */
interface Side {
  readonly role: "filtering" | "hairpin" | "ports" | "refresh";
  localPort: number | undefined;
  mapped: Address | undefined;
  /** It has been asked all that it is for. */
  isSpent: boolean;
}

/** Where the node is. */
export interface Place {
  /** Of one family; the first is the server's address at which this node meets it. */
  readonly observers: readonly Address[];
  /** The main socket's own addresses. */
  readonly local: readonly Address[];
}

/**
 * One look at the own network. The main socket asks all observers where they see it. One that
 * nobody has called asks some of them, and then sends to the main socket by way of the router; one
 * more asks to be answered from elsewhere, and then asks there itself; the others take a port each.
 */
export class SurveyRound {
  readonly #options: RoundOptions;
  readonly #place: Place;
  readonly #notes: Notes;
  readonly #questions: Questions<Topic>;
  readonly #sides = new Map<number, Side>();
  readonly #outputs = new Queue<RoundOutput>();
  #portsLater = PORTS_LATER;
  #portsAtMs: number;

  constructor(now: number, options: RoundOptions, place: Place, notes: Notes) {
    this.#options = options;
    this.#place = place;
    this.#notes = notes;
    this.#questions = new Questions(options.random, SURVEY_DATAGRAMS_MAX);
    this.#portsAtMs = now + PORTS_LATER_MS;
    for (const to of place.observers) this.#ask(now, "map", options.mainSocket, to);
    this.#open("filtering");
    this.#open("hairpin");
    for (let i = 0; i < PORTS_AT_ONCE; i++) this.#open("ports");
  }

  /** All that is to be asked has been, but for what is asked once more. */
  get isOver(): boolean {
    const isRefresh = (socket: number): boolean => this.#sides.get(socket)?.role === "refresh";
    const isLeft = this.#questions.has(({ socket }) => !isRefresh(socket));
    return !isLeft && this.#portsLater === 0 && [...this.#sides.keys()].every(isRefresh);
  }

  /** An observer was asked once where it sees the main socket, or another: it may yet answer. */
  isAwaiting(sockets: "main" | "others"): boolean {
    const meant = sockets === "main" ? "map" : "base";
    return this.#questions.has(({ topic }, tries) => topic === meant && tries === 1);
  }

  /** A few more sockets take a port each, beyond the datagrams of the round. */
  refresh(): void {
    this.#questions.allow(REFRESH_SOCKETS);
    for (let i = 0; i < REFRESH_SOCKETS; i++) this.#open("refresh");
  }

  /** Gives up. */
  close(): void {
    this.#portsAtMs = Infinity;
    this.#portsLater = 0;
    this.#questions.drop(() => true);
    for (const socket of this.#sides.keys()) this.#close(socket);
  }

  /** False for a socket that is none of its own. */
  handleSocket(now: number, socket: number, state: SideState): boolean {
    const side = this.#sides.get(socket);
    if (side === undefined) return false;
    if (state.step === "failed") {
      this.#sides.delete(socket);
    } else {
      side.localPort = state.port;
      this.#askFirst(now, socket, side);
    }
    this.#advance(now);
    return true;
  }

  /** False for what is no answer that it waits for. */
  handleMessage(now: number, socket: number, from: Address, message: StunMessage): boolean {
    const isOurs = this.#questions.handleMessage(now, socket, from, message);
    if (isOurs) this.#advance(now);
    return isOurs;
  }

  handleTimeout(now: number): void {
    if (now >= this.#portsAtMs) {
      this.#open("ports");
      this.#portsLater -= 1;
      this.#portsAtMs = this.#portsLater > 0 ? now + PORTS_LATER_MS : Infinity;
    }
    this.#questions.handleTimeout(now);
    this.#advance(now);
  }

  pollOutput(): RoundOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    const send = this.#questions.pollSend();
    return send === undefined ? undefined : { kind: "send", ...send };
  }

  pollTimeout(): number {
    return Math.min(this.#portsAtMs, this.#questions.pollTimeout());
  }

  #askFirst(now: number, socket: number, { role }: Side): void {
    const [server, ...others] = this.#place.observers;
    if (server === undefined) return;
    this.#ask(now, "base", socket, server, "answer", BASE_TRIES_MS[role]);
    const second = secondPort(this.#place.observers);
    const elsewhere = others.filter((other) => hostOf(other) !== hostOf(server));
    if (role === "hairpin") {
      const unlike = [second, elsewhere[0]].filter((other) => other !== undefined);
      for (const to of unlike) this.#ask(now, "map", socket, to, "answer", FEW_TRIES_MS);
    }
    if (role !== "filtering") return;
    if (second !== undefined) this.#ask(now, "port", socket, server, { ip: false, port: true });
    if (elsewhere.length === 0) return;
    const port = !elsewhere.some((other) => portOf(other) === portOf(server));
    this.#ask(now, "address", socket, server, { ip: true, port });
  }

  /** Takes in what the questions have come to, and asks what follows from it. */
  #advance(now: number): void {
    this.#concludeAll();
    for (const [socket, side] of this.#sides) {
      if (side.localPort === undefined || this.#isAsked(socket)) continue;
      if (side.role === "hairpin" && this.#questions.has(({ topic }) => topic === "map")) continue;
      if (!side.isSpent && this.#askNext(now, socket, side)) {
        side.isSpent = true;
        // What is asked beyond the datagrams' limit comes to nothing at once.
        this.#concludeAll();
        if (this.#isAsked(socket)) continue;
      }
      this.#close(socket);
    }
  }

  #concludeAll(): void {
    for (;;) {
      const outcome = this.#questions.pollOutcome();
      if (outcome === undefined) return;
      this.#conclude(outcome);
    }
  }

  #isAsked(socket: number): boolean {
    return this.#questions.has((question) => question.socket === socket);
  }

  #conclude(outcome: Outcome<Topic>): void {
    const { question, heard, isWhole } = outcome;
    const { topic, socket } = question;
    const side = this.#sides.get(socket);
    const mapped = heard?.message.kind === "response" ? heard.message.mapped : undefined;
    switch (topic) {
      case "map":
        return this.#notes.sample(question, heard, side?.localPort, false);
      case "base":
        this.#notes.sample(question, heard, side?.localPort, true);
        if (side !== undefined) side.mapped = mapped;
        if (heard === undefined || mapped === undefined || side?.role !== "ports") return;
        if (this.#options.keep(socket, portOf(mapped), heard.lastAskedAtMs)) {
          this.#sides.delete(socket);
        }
        return;
      case "port":
        return this.#notes.find({ passesPort: passed(outcome, side) });
      case "address":
        return this.#notes.find({ passesAddress: passed(outcome, side) });
      case "poison":
        return mapped === undefined
          ? undefined
          : this.#notes.find({ remaps: mapped !== side?.mapped });
      case "hairpin":
        if (heard === undefined && (!isWhole || this.#notes.evidence.hairpin !== undefined)) return;
        return this.#notes.find({ hairpin: heard !== undefined });
      default:
        return topic satisfies never;
    }
  }

  /** False where nothing follows from what the socket was answered. */
  #askNext(now: number, socket: number, { role, mapped }: Side): boolean {
    if (mapped === undefined || role === "ports" || role === "refresh") return false;
    if (role === "filtering") {
      // The second port has sent to the socket in vain: now the socket sends to it.
      const second = secondPort(this.#place.observers);
      if (second === undefined || this.#notes.evidence.passesPort !== false) return false;
      this.#ask(now, "poison", socket, second);
      return true;
    }
    // Two sockets of this node send to one another as two nodes behind the NAT would.
    const seen = serverSees(this.#notes.evidence);
    if (seen === undefined || this.#place.local.includes(seen)) return false;
    this.#ask(now, "hairpin", socket, seen, "itself", FEW_TRIES_MS);
    this.#ask(now, "hairpin", this.#options.mainSocket, mapped, "itself", FEW_TRIES_MS);
    return true;
  }

  #ask(
    now: number,
    topic: Topic,
    socket: number,
    to: Address,
    expects: Question<Topic>["expects"] = "answer",
    triesMs = TRIES_MS,
  ): void {
    // These take a mapping each, and no sample tells of it.
    if (topic === "poison" || topic === "hairpin") this.#notes.opened(now);
    this.#questions.ask(now, { topic, socket, to, expects, triesMs });
  }

  #open(role: Side["role"]): void {
    const socket = this.#options.nextSocket();
    this.#sides.set(socket, { role, localPort: undefined, mapped: undefined, isSpent: false });
    this.#outputs.push({ kind: "open", socket });
  }

  #close(socket: number): void {
    if (!this.#sides.delete(socket)) return;
    this.#questions.drop((question) => question.socket === socket);
    this.#outputs.push({ kind: "close", socket });
  }
}

/** Silence means something only where the socket is heard otherwise, and all was tried. */
function passed({ heard, isWhole }: Outcome<Topic>, side: Side | undefined): boolean | undefined {
  if (heard !== undefined) return heard.message.kind === "response" ? true : undefined;
  return isWhole && side?.mapped !== undefined ? false : undefined;
}

/** Of the server's own address. */
function secondPort([server, ...others]: readonly Address[]): Address | undefined {
  return server && others.find((other) => hostOf(other) === hostOf(server));
}
