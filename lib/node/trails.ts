import { type Address, viaParts } from "../base/address.ts";
import type { PeerId } from "../base/ids.ts";
import type { Forecast } from "../paths/forecastwords.ts";
import type { Prospect, Tactic } from "../paths/tactics.ts";
import type { NatReport } from "../wire/nat.ts";
import type { ProbeCounts } from "../wire/probes.ts";

/** People of whom it is remembered; of more, who was met or called longest ago is forgotten. */
export const TRAILS_MAX = 1024;

/** Different things that were done or seen of late, each once with how often it was. */
export const STEPS_MAX = 12;

export interface Step {
  /** When it was last. */
  readonly atMs: number;
  readonly text: string;
  readonly times: number;
}

/** Who was introduced, and what was to be expected of it. */
export interface Introduction {
  readonly atMs: number;
  readonly by: "server" | "member";
  /** What the other side says of its NAT. */
  readonly nat: NatReport | undefined;
  /** Where the introducer sees it. */
  readonly seenAt: Address | undefined;
  readonly prospect: Prospect;
  readonly expected: Forecast;
  /** Addresses worth a datagram from here. */
  readonly candidates: number;
  /** The family that the other side has alone, and this node has not. */
  readonly lacks: "IPv4" | "IPv6" | undefined;
}

/** What was done to meet one peer, and what was seen of it. */
export class Trail {
  #introduction: Introduction | undefined;
  #times = 0;
  #calls = 0;
  #punches = 0;
  #callsSeen = 0;
  #punchesSeen = 0;
  /** When the meeting that is under way began. */
  #metFromMs: number | undefined;
  #said: ProbeCounts | undefined;
  #ending: string | undefined;
  #tactic: Tactic["kind"] | undefined;
  #steps: readonly Step[] = [];

  get introduction(): Introduction | undefined {
    return this.#introduction;
  }

  /** How often it was introduced. */
  get times(): number {
    return this.#times;
  }

  /** Datagrams to the peer, and of it: of the meeting alone, not of the session. */
  get counts(): ProbeCounts | undefined {
    const counts = {
      calls: this.#calls,
      punches: this.#punches,
      callsSeen: this.#callsSeen,
      punchesSeen: this.#punchesSeen,
    };
    return Object.values(counts).some((count) => count > 0) ? counts : undefined;
  }

  /** As the other side last said it of its own. */
  get said(): ProbeCounts | undefined {
    return this.#said;
  }

  /** Why the last session ended. */
  get ending(): string | undefined {
    return this.#ending;
  }

  /** What was last done besides calling, since it is being met. */
  get tactic(): Tactic["kind"] | undefined {
    return this.#tactic;
  }

  /** Whose last time is longest ago first. */
  get steps(): readonly Step[] {
    return this.#steps;
  }

  onIntroduced(introduction: Introduction): void {
    this.#introduction = introduction;
    this.#times += 1;
    const { atMs, by, candidates } = introduction;
    const where = candidates === 1 ? "1 address" : `${candidates} addresses`;
    this.note(atMs, `introduced by ${INTRODUCERS[by]}; ${where} to try`);
  }

  onSaid(probes: ProbeCounts): void {
    this.#said = probes;
  }

  onTactic(now: number, tactic: Tactic): void {
    this.#tactic = tactic.kind;
    this.note(now, tacticWords(tactic));
  }

  onCall(): void {
    this.#calls += 1;
  }

  onPunch(): void {
    this.#punches += 1;
  }

  onCallSeen(now: number, from: Address): void {
    this.#callsSeen += 1;
    this.note(now, `a call came from ${placeWords(from)}`);
  }

  onPunchSeen(now: number, from: Address): void {
    this.#punchesSeen += 1;
    this.note(now, `a search packet came from ${placeWords(from)}`);
  }

  onConnected(now: number, where: string): void {
    this.#tactic = undefined;
    this.note(now, `connected, ${where}`);
  }

  /** Somebody who was introduced is being called, and was not before. */
  onMeeting(now: number): void {
    if (this.#introduction !== undefined) this.#metFromMs = now;
  }

  /** How long the meeting took that was under way, in ms; undefined where none was. */
  endMeeting(now: number): number | undefined {
    const fromMs = this.#metFromMs;
    this.#metFromMs = undefined;
    return fromMs === undefined ? undefined : now - fromMs;
  }

  /** What was seen until then tells nothing of the next meeting. */
  onGone(now: number, reason: string): void {
    this.#calls = 0;
    this.#punches = 0;
    this.#callsSeen = 0;
    this.#punchesSeen = 0;
    this.#said = undefined;
    this.#ending = reason;
    this.note(now, `the session ended: ${reason}`);
  }

  /** What comes in turns, as calls from two addresses do, would push all else out of the story. */
  note(atMs: number, text: string): void {
    const times = this.#steps.find((step) => step.text === text)?.times ?? 0;
    const others = this.#steps.filter((step) => step.text !== text);
    this.#steps = [...others.slice(1 - STEPS_MAX), { atMs, text, times: times + 1 }];
  }
}

/** The trails of everybody who was to be met of late. */
export class Trails {
  readonly #byPeer = new Map<PeerId, Trail>();

  get(peerId: PeerId): Trail | undefined {
    return this.#byPeer.get(peerId);
  }

  /** Begun where there is none. */
  of(peerId: PeerId): Trail {
    const trail = this.#byPeer.get(peerId) ?? new Trail();
    this.#byPeer.delete(peerId);
    this.#byPeer.set(peerId, trail);
    const [oldest] = this.#byPeer.keys();
    if (oldest !== undefined && this.#byPeer.size > TRAILS_MAX) this.#byPeer.delete(oldest);
    return trail;
  }
}

const INTRODUCERS = { server: "the server", member: "a member" } as const;

function placeWords(address: Address): string {
  return viaParts(address) === undefined ? address : "beyond a member who carries";
}

/** What one side does besides calling. */
export function tacticWords(tactic: Tactic): string {
  switch (tactic.kind) {
    case "predict":
      return tactic.ports.length === 1
        ? "guessed the port that their router gives next"
        : `guessed the ${tactic.ports.length} ports that their router gives next`;
    case "spread":
      return `opened ${tactic.sockets} sockets, to be met on one of them`;
    case "search":
      return `searched ${tactic.probes} of their ports ${tactic.low} to ${tactic.high}`;
    case "meet":
      return `aimed ${tactic.sockets} sockets at the port that their router is about to give`;
    case "fresh":
      return `called from port ${tactic.port}, that nobody had called yet`;
    case "aim":
      return `aimed at port ${tactic.port}, from which they call anew`;
    default:
      return tactic satisfies never;
  }
}
