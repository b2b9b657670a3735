import type { Asked } from "../../../contract/asked.ts";
import type { PeerEvent } from "../../../node/events.ts";
import { Connection, type Link } from "./connection.ts";
import { isLookedAt } from "./islookedat.ts";
import { PageModel, type Wish } from "./pagemodel.ts";
import { Settings } from "./settings.ts";
import { eventsOf, lineOf } from "./wire.ts";

/** While nobody sees the page, nothing is drawn but this often, in ms, for whoever hears it. */
const UNSEEN_MS = 1000;

type Fulfil = (wish: Wish, model: PageModel, store: Store) => void;

/** The model of the page, and whoever is to draw it when it has changed. */
export class Store {
  readonly settings = new Settings(() => this.changed());
  readonly #connection: Connection;
  readonly #listeners = new Set<() => void>();
  readonly #fulfil: Fulfil;
  #link: Link = { kind: "connecting" };
  #model: PageModel | undefined;
  #version = 0;
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(fulfil: Fulfil) {
    this.#fulfil = fulfil;
    this.#connection = new Connection({
      onLink: (link) => this.#onLink(link),
      onFrame: (frame) => this.#onFrame(frame),
    });
  }

  get link(): Link {
    return this.#link;
  }

  /** Undefined until the node has said who one is. */
  get model(): PageModel | undefined {
    return this.#model;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  begin(): void {
    void this.#connection.begin();
  }

  /** Does something with the model, which is drawn thereafter. */
  readonly act = (deed: (model: PageModel, now: number) => void): void => {
    if (this.#model === undefined) return;
    deed(this.#model, Date.now());
    this.changed();
  };

  /** Drawn at once, as what somebody types has to be. */
  readonly actNow = (deed: (model: PageModel, now: number) => void): void => {
    this.act(deed);
    this.#draw();
  };

  /** To be drawn with the next picture, however often it changes before. */
  changed(): void {
    this.#wait();
    if (this.#isDue) return;
    this.#isDue = true;
    if (document.hidden) setTimeout(() => this.#draw(), UNSEEN_MS);
    else requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#isDue = false;
    this.#version += 1;
    const model = this.#model;
    for (const listener of this.#listeners) listener();
    const wishes = model?.takeWishes() ?? [];
    // What has only come with this picture, such as where one writes, can have the keys by then.
    queueMicrotask(() => {
      for (const wish of wishes) if (model) this.#fulfil(wish, model, this);
    });
  }

  #onLink(link: Link): void {
    this.#link = link;
    this.changed();
  }

  #onFrame(frame: string): void {
    const now = Date.now();
    for (const event of eventsOf(frame)) this.#onEvent(now, event);
    this.changed();
  }

  /** Whoever comes back to a node that was away begins anew, where they were. */
  #onEvent(now: number, event: PeerEvent): void {
    if (event.type === "ready") {
      const before = this.#model;
      this.#model = new PageModel({
        me: event.me,
        command: (asked) => this.#command(asked),
        isLookedAt: isLookedAt(),
        ...this.settings.notices,
      });
      if (before !== undefined) this.#model.takeOver(before, now);
    }
    this.#model?.handleEvent(now, event);
  }

  #command(asked: Asked): void {
    const line = lineOf(asked);
    if (line !== undefined) this.#connection.send(line);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const dueAtMs = this.#model?.pollTimeout() ?? Infinity;
    if (dueAtMs === Infinity) return;
    this.#timer = setTimeout(
      () => this.act((model, now) => model.handleTimeout(now)),
      Math.max(0, dueAtMs - Date.now()),
    );
  }
}
