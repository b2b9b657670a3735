/** Somebody writes the same draft in several faces while their node is away. */
import { expect, test } from "bun:test";
import type { Asked } from "../../../lib/contract/asked.ts";
import { Drafts } from "../../../lib/contract/drafts.ts";
import type { PeerEvent } from "../../../lib/node/events.ts";
import { NOW, ready } from "../../contract/events.ts";
import { type DraftHand, pageHand } from "./drafthand.ts";

const LOBBY = "#lobby";

/** How long it takes till all is told and kept, and nobody counts as typing any more. */
const LONG_MS = 5000;

/** A page, and what it has told and no node has heard yet. */
interface Page {
  readonly hand: DraftHand;
  readonly asked: Asked[];
  isConnected: boolean;
}

/** Two pages at a node that may be killed. */
class Two {
  now = NOW;
  readonly pages: readonly [Page, Page] = [page(), page()];
  #drafts = new Drafts([]);

  constructor() {
    for (const one of this.pages) this.connect(one);
  }

  /** A node is there, and has told that page what it has. */
  connect(one: Page): void {
    const { hand } = one;
    one.isConnected = true;
    const begin: PeerEvent = { ...ready(), rooms: [{ room: LOBBY, isPrivate: false }] };
    for (const event of [begin, ...this.#drafts.events]) hand.handleEvent(this.now, event);
    this.hear();
  }

  write({ hand }: Page, text: string): void {
    hand.write(this.now, text);
  }

  /** The node keeps what it has, and does not run. */
  kill(): void {
    this.#drafts = new Drafts(this.#drafts.kept);
    for (const one of this.pages) {
      one.isConnected = false;
      one.hand.handleLost(this.now);
    }
  }

  pass(): void {
    this.now += LONG_MS;
    for (const { hand } of this.pages) hand.handleTimeout(this.now);
    this.hear();
  }

  get texts(): readonly string[] {
    return [...this.pages.map(({ hand }) => hand.text), this.#drafts.events[0]?.text ?? ""];
  }

  /** The node answers what it was told, and tells the other page. */
  hear(): void {
    for (const from of this.pages) {
      for (const asked of from.asked.splice(0)) {
        if (asked.type !== "draft" || !from.isConnected) continue;
        const stands = this.#drafts.write(this.now, asked);
        for (const to of this.pages.filter(({ isConnected }) => isConnected)) {
          to.hand.handleEvent(this.now, { ...stands, req: to === from ? asked.req : null });
        }
      }
    }
  }
}

function page(): Page {
  const asked: Asked[] = [];
  return { hand: pageHand((one) => asked.push(one)), asked, isConnected: false };
}

/** Both have "base"; each goes on alone, `b` last. */
function bothAlone() {
  const two = new Two();
  const [a, b] = two.pages;
  two.write(a, "base");
  two.pass();
  two.kill();
  two.write(a, "base by a");
  two.pass();
  two.write(b, "base by b");
  two.pass();
  return { two, a, b };
}

test("what was written last while the node was away stands, whoever comes back last", () => {
  const ends = [true, false].map((isInOrder) => {
    const { two, a, b } = bothAlone();
    for (const one of isInOrder ? [a, b] : [b, a]) two.connect(one);
    return two.texts;
  });

  expect(ends).toEqual([
    ["base by b", "base by b", "base by b"],
    ["base by b", "base by b", "base by b"],
  ]);
});

test("what somebody is typing when a later one's words come is not taken from them", () => {
  const { two, a, b } = bothAlone();
  two.connect(b);
  two.write(a, "base by a, on");
  two.connect(a);
  expect(a.hand.text).toBe("base by a, on");
  two.pass();

  expect(two.texts).toEqual(["base by a, on", "base by a, on", "base by a, on"]);
});
