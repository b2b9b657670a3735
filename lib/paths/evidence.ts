import { type Address, portOf } from "../base/address.ts";
import type { MappingSample } from "./dependence.ts";
import type { Heard, Question } from "./questions.ts";

/** Peers who say where they see this node; beyond, the one who said it longest ago is forgotten. */
export const WITNESSES_MAX = 16;

/** Times at which this node opened mappings besides; beyond, the oldest are forgotten. */
export const OPENINGS_MAX = 64;

/** So many mappings that this node opened at one time, other than to be seen. */
export interface Opening {
  readonly atMs: number;
  readonly count: number;
}

/** What a survey has seen so far. */
export interface Evidence extends Findings {
  /** The first observer: the server at the address where this node meets it. */
  readonly server: Address | undefined;
  /** The main socket's own addresses. */
  readonly local: readonly Address[];
  readonly mainSocket: number;
  readonly samples: readonly MappingSample[];
  /** The oldest first. */
  readonly openings: readonly Opening[];
  /** Where peers see the main socket: by their addresses. */
  readonly witnesses: ReadonlyMap<Address, Address>;
}

/** What one question each finds out; undefined where it was not asked, or not answered. */
export interface Findings {
  /** What came from another port, and another address, than was sent to. */
  readonly passesPort: boolean | undefined;
  readonly passesAddress: boolean | undefined;
  /** A socket was given another mapping toward whom it had refused. */
  readonly remaps: boolean | undefined;
  readonly hairpin: boolean | undefined;
}

const NOTHING: Findings = {
  passesPort: undefined,
  passesAddress: undefined,
  remaps: undefined,
  hairpin: undefined,
};

/** Where the server sees the main socket. */
export function serverSees({ samples, mainSocket, server }: Evidence): Address | undefined {
  const own = samples.filter(({ socket }) => socket === mainSocket);
  return own.findLast(({ destination }) => destination === server)?.mapped;
}

/** Takes down what is seen, in the order in which it is. */
export class Notes {
  readonly #mainSocket: number;
  #server: Address | undefined;
  #local: readonly Address[] = [];
  #samples: readonly MappingSample[] = [];
  #openings: readonly Opening[] = [];
  #findings = NOTHING;
  #witnesses: ReadonlyMap<Address, Address> = new Map();

  constructor(mainSocket: number) {
    this.#mainSocket = mainSocket;
  }

  /** It does not change when more is seen. */
  get evidence(): Evidence {
    return {
      server: this.#server,
      local: this.#local,
      mainSocket: this.#mainSocket,
      samples: this.#samples,
      openings: this.#openings,
      witnesses: this.#witnesses,
      ...this.#findings,
    };
  }

  /** Begins anew. Peers have seen the same as long as the place is the same. */
  begin(server: Address | undefined, local: readonly Address[], isPlaceNew: boolean): void {
    this.#server = server;
    this.#local = local;
    this.#samples = [];
    this.#findings = NOTHING;
    if (isPlaceNew) {
      this.#witnesses = new Map();
      this.#openings = [];
    }
  }

  find(found: Partial<Findings>): void {
    this.#findings = { ...this.#findings, ...found };
  }

  opened(atMs: number): void {
    const last = this.#openings.at(-1);
    const isSame = last?.atMs === atMs;
    const before = isSame ? this.#openings.slice(0, -1) : this.#openings.slice(1 - OPENINGS_MAX);
    this.#openings = [...before, { atMs, count: isSame ? last.count + 1 : 1 }];
  }

  witness(by: Address, observed: Address): void {
    const others = [...this.#witnesses].filter(([peer]) => peer !== by);
    this.#witnesses = new Map([...others.slice(1 - WITNESSES_MAX), [by, observed]]);
  }

  /** `localPort` of any socket but the main one; `isNew` where it had not sent before. */
  sample<Topic>(
    { socket, to }: Question<Topic>,
    heard: Heard | undefined,
    localPort: number | undefined,
    isNew: boolean,
  ): void {
    if (heard?.message.kind !== "response") return;
    const [own] = this.#local;
    const ownPort = own === undefined ? undefined : portOf(own);
    const sample: MappingSample = {
      atMs: heard.askedAtMs,
      socket,
      localPort: socket === this.#mainSocket ? ownPort : localPort,
      destination: to,
      mapped: heard.message.mapped,
      isFresh: isNew && heard.isFirstTry,
    };
    this.#samples = [...this.#samples, sample];
  }
}
