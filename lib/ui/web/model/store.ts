import type { Asked } from "../../../contract/asked.ts";
import type { Who } from "../../../node/events.ts";
import { Connection, type Link } from "./connection.ts";
import { goBack, placeShown } from "./goback.ts";
import { isLookedAt } from "./islookedat.ts";
import { pageClock } from "./pageclock.ts";
import { PageModel, type Wish } from "./pagemodel.ts";
import { Pictures } from "./pictures.ts";
import { Renewal } from "./renewal.ts";
import { Sitting } from "./sitting.ts";
import { Settings } from "./settings.ts";
import { windowScreen } from "./windowscreen.ts";

type Fulfil = (wish: Wish, model: PageModel, store: Store) => void;

/** The model of the page, and whoever is to draw it when it has changed. */
export class Store {
  readonly settings = new Settings(() => this.#changed());
  readonly #connection: Connection;
  readonly #listeners = new Set<() => void>();
  readonly #fulfil: Fulfil;
  #link: Link = { kind: "connecting" };
  readonly #sitting = new Sitting({
    send: (line) => this.#connection.send(line),
    make: (me, command) => this.#modelOf(me, command),
    now: () => pageClock.now(),
    onChange: () => this.#changed(),
  });
  readonly #renewal = new Renewal(() => this.#changed());
  #hadNoNode = false;
  #version = 0;
  readonly #pictures = new Pictures(windowScreen, () => this.#draw());
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
    return this.#sitting.model;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  begin(): void {
    void this.#connection.begin();
  }

  /** Does something with the model, which is drawn with the next picture. */
  readonly act = (deed: (model: PageModel, now: number) => void): void => {
    if (this.model === undefined) return;
    deed(this.model, pageClock.now());
    this.#wait();
    this.#pictures.next();
  };

  /** Drawn at once, as what somebody types has to be. */
  readonly actNow = (deed: (model: PageModel, now: number) => void): void => {
    this.act(deed);
    this.#pictures.now();
  };

  /** To be drawn soon, however often it changes before. */
  #changed(): void {
    this.#wait();
    this.#pictures.soon();
  }

  #draw(): void {
    this.#version += 1;
    const model = this.model;
    for (const listener of this.#listeners) listener();
    // Whether all is kept is asked of all that is held: not for each picture.
    if (this.#renewal.isDue && (this.#link.kind === "refused" || model?.isKept === true)) {
      this.#renewal.begin(model && placeShown(model));
    }
    const wishes = model?.takeWishes() ?? [];
    // What has only come with this picture, such as where one writes, can have the keys by then.
    queueMicrotask(() => {
      for (const wish of wishes) if (model) this.#fulfil(wish, model, this);
    });
  }

  #onLink(link: Link): void {
    this.#link = link;
    if (this.#hadNoNode && link.kind !== "lost") void this.#renewal.look();
    this.#hadNoNode = link.kind === "lost";
    if (link.kind === "lost") this.#sitting.handleLost();
    else this.#changed();
  }

  #onFrame(frame: string): void {
    const isFirst = this.model === undefined;
    this.#sitting.handleFrame(frame);
    const place = isFirst && this.model !== undefined ? this.#renewal.takePlace() : undefined;
    if (place !== undefined) this.act((model, now) => goBack(model, place, now));
  }

  #modelOf(me: Who, command: (asked: Asked) => void): PageModel {
    return new PageModel({ me, command, isLookedAt: isLookedAt(), ...this.settings.notices });
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const dueAtMs = this.model?.pollTimeout() ?? Infinity;
    if (dueAtMs === Infinity) return;
    this.#timer = setTimeout(
      () => this.act((model, now) => model.handleTimeout(now)),
      Math.max(0, dueAtMs - pageClock.now()),
    );
  }
}
