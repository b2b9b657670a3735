import { parsePeerId, type PeerId } from "../base/ids.ts";
import type { Chat } from "../chat/chat.ts";
import type { OnAnswered } from "../chat/journal.ts";
import { EMOJI } from "../crypto/emoji.ts";
import { safetyNumber } from "../crypto/safetynumber.ts";
import { type AsideMessage, encodeAside } from "../wire/aside.ts";
import { ASIDE_CHANNEL } from "../wire/channels.ts";
import type { Addressees } from "./addressees.ts";
import type { CommandOf } from "./commands.ts";
import { decided } from "./diskevents.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Held, PeerEvent, Picture, VerifyEvent } from "./events.ts";
import type { Pins } from "./pins.ts";
import type { Person, Roster } from "./roster.ts";
import type { VerificationOutput, Verifications } from "./verification.ts";

export interface TrustDeskOptions {
  readonly me: PeerId;
  readonly chat: Pick<Chat, "heldFor">;
  readonly roster: Roster;
  readonly endpoint: Endpoint;
  readonly verifications: Verifications;
  readonly pins: Pins;
  readonly addressees: Addressees;
  readonly report: (event: PeerEvent) => void;
  /** What may be sent to this one, or may be no more, has changed. */
  readonly onJudged: (now: number, peerId: PeerId) => void;
}

/** Goes before the two ids in what one shows as a QR code, one's own first. */
const CODE_PREFIX = "p2pchat-verify:";

/** Where the person here says what they think of others, and compares keys with them. */
export class TrustDesk {
  readonly #options: TrustDeskOptions;

  constructor(options: TrustDeskOptions) {
    this.#options = options;
  }

  /** Shows what is to be compared, or takes what came of it. */
  verify(now: number, { req, to, answer: said }: CommandOf<"verify">): void {
    const { me, roster, endpoint, verifications, addressees, report } = this.#options;
    const peer = addressees.person(req, to, "Keys are compared with @name or @name~id");
    if (peer === undefined) return;
    const isSame = said === null ? undefined : this.#isSame(peer, said);
    if (typeof isSame === "string") return addressees.fail(req, "USAGE", isSame);
    const answer = (isKept: boolean) =>
      report({
        type: "reply",
        req,
        command: "verify",
        who: roster.who(peer),
        trust: roster.get(peer)?.trust ?? "new",
        number: safetyNumber({ peerId: me }, { peerId: peer }),
        code: formatCode({ by: me, of: peer }),
        pictures: picturesOf(verifications.pictures(peer)),
        ...decided(isKept),
      });
    if (isSame !== undefined) {
      verifications.conclude(peer, isSame);
      return this.#judge(now, peer, { trust: isSame ? "verified" : "changed" }, answer);
    }
    if (endpoint.connectionTo(peer) !== undefined) verifications.begin(peer);
    answer(true);
  }

  /** Takes somebody as they are now. */
  trust(now: number, { req, to }: CommandOf<"trust">): void {
    const { roster, addressees } = this.#options;
    const peer = addressees.person(req, to, "Somebody is trusted as @name or @name~id");
    if (peer === undefined) return;
    const isVerified = roster.get(peer)?.trust === "verified";
    const verdict = { trust: isVerified ? ("verified" as const) : ("known" as const) };
    this.#judge(now, peer, verdict, (isKept) => this.#answer(req, "trust", peer, isKept));
  }

  /** Nothing more goes to them, and nothing of theirs is taken. */
  block(now: number, { type, req, to }: CommandOf<"block" | "unblock">): void {
    const { addressees } = this.#options;
    const usage = `Say whom to ${type}, as @name`;
    const peer =
      type === "block"
        ? addressees.person(req, to, usage)
        : addressees.blockedPerson(req, to, usage);
    if (peer === undefined) return;
    const verdict = { isBlocked: type === "block" };
    this.#judge(now, peer, verdict, (isKept) => this.#answer(req, type, peer, isKept));
  }

  /** Those who came under a name that is somebody else's. */
  tellSuspects(now: number): void {
    const { roster, pins, report, onJudged } = this.#options;
    const turned = roster.takeTurned();
    pins.keep(turned);
    for (const { peer } of turned) onJudged(now, peer);
    for (let peer = roster.pollSuspect(); peer !== undefined; peer = roster.pollSuspect()) {
      report({ type: "trust", who: roster.who(peer), trust: "changed", isBlocked: false });
    }
  }

  onVerification(output: VerificationOutput): void {
    const { peer } = output;
    switch (output.kind) {
      case "send":
        return this.#send(peer, output.message);
      case "asked":
        return this.#tell(peer, "asked", null);
      case "pictures":
        return this.#tell(peer, "compare", picturesOf(output.pictures));
      case "broken":
        return this.#tell(peer, "broken", null);
      case "verdict":
        return this.#tell(peer, output.isSame ? "match" : "differs", null);
      default:
        return output satisfies never;
    }
  }

  /**
   * A code proves what two people would otherwise read to one another. What is none that the other
   * can show says nothing of keys: why not, in words.
   */
  #isSame(peer: PeerId, answer: string): boolean | string {
    if (answer === "match") return true;
    if (answer === "differs") return false;
    const { me, roster } = this.#options;
    const name = roster.label(peer);
    const code = parseCode(answer);
    if (code === undefined) return 'Say "match", "differs", or the code that the other shows';
    if (code.by === me) return `That is your own code: take the one that ${name} shows`;
    return code.by === peer && code.of === me;
  }

  /** Holds from now on; `onKept` is told whether it is on disk. */
  #judge(
    now: number,
    peer: PeerId,
    verdict: Partial<Pick<Person, "trust" | "isBlocked">>,
    onKept: OnAnswered,
  ): void {
    const { roster, pins, report, onJudged } = this.#options;
    const write = roster.judge(peer, verdict);
    pins.decide(write === undefined ? [] : [write], onKept);
    if (write === undefined) return;
    const { trust, isBlocked } = write;
    report({ type: "trust", ...this.#judgement(peer, { trust, isBlocked }) });
    onJudged(now, peer);
  }

  #answer(
    req: CommandOf<"trust">["req"],
    command: "trust" | "block" | "unblock",
    peer: PeerId,
    isKept: boolean,
  ): void {
    const { roster, report } = this.#options;
    const { trust = "new", isBlocked = false } = roster.get(peer) ?? {};
    const judgement = this.#judgement(peer, { trust, isBlocked });
    report({ type: "reply", req, command, ...judgement, ...decided(isKept) });
  }

  #judgement(peer: PeerId, { trust, isBlocked }: Pick<Person, "trust" | "isBlocked">) {
    const held = isBlocked ? this.#heldFor(peer) : {};
    return { who: this.#options.roster.who(peer), trust, isBlocked, ...held };
  }

  /** What is given away cannot be had back: its holders bring it, whatever is decided since. */
  #heldFor(peer: PeerId): { readonly held?: Held } {
    const { chat, roster } = this.#options;
    const { entries: count, holders } = chat.heldFor(peer);
    return count === 0 ? {} : { held: { count, by: holders.map((it) => roster.who(it)) } };
  }

  #tell(peer: PeerId, state: VerifyEvent["state"], pictures: readonly Picture[] | null): void {
    const { roster, report } = this.#options;
    report({ type: "verify", who: roster.who(peer), state, pictures });
  }

  #send(peer: PeerId, message: AsideMessage): void {
    this.#options.endpoint.send(peer, ASIDE_CHANNEL, encodeAside(message));
  }
}

/** What is shown to be read by a camera: whose code it is, and whom they compare keys with. */
interface Code {
  readonly by: PeerId;
  readonly of: PeerId;
}

function formatCode({ by, of }: Code): string {
  return `${CODE_PREFIX}${by}:${of}`;
}

function parseCode(text: string): Code | undefined {
  if (!text.startsWith(CODE_PREFIX)) return undefined;
  const [by, of, ...more] = text.slice(CODE_PREFIX.length).split(":").map(parsePeerId);
  return by === undefined || of === undefined || more.length > 0 ? undefined : { by, of };
}

function picturesOf(numbers: readonly number[] | undefined): readonly Picture[] | null {
  if (numbers === undefined) return null;
  return numbers.flatMap((number) => {
    const named = EMOJI[number];
    return named === undefined ? [] : [{ picture: named[0], name: named[1], number }];
  });
}
