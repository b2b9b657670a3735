import { expect, test } from "bun:test";
import type { Asked } from "../../../lib/contract/asked.ts";
import type { PeerEvent } from "../../../lib/node/events.ts";
import type { KeptMessageEvent, MessageEvent } from "../../../lib/node/sayings.ts";
import { foldTalk } from "../../../lib/ui/talk/foldtalk.ts";
import { interpreter as pageInterpreter } from "../../../lib/ui/web/model/interpreter.ts";
import { PageModel } from "../../../lib/ui/web/model/pagemodel.ts";
import { BOB, ME, NOW, ready, status } from "../../contract/events.ts";
import { Prng } from "../../sim/prng.ts";

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);
const FACES = 3;

/** A message that is said at last, in one of the faces where it is one's own. */
interface Word extends MessageEvent {
  readonly face: number | undefined;
}

/** In the order of the room: some of the same ms, some of a clock that is far ahead. */
function wordsOf(chance: Prng): readonly Word[] {
  let wallMs = NOW - 1000;
  let tick = 0;
  return Array.from({ length: 12 }, (_, i) => {
    const isSame = chance.chance(0.4);
    wallMs += isSame ? 0 : 1 + chance.below(i === 6 ? 1e9 : 50);
    tick = isSame ? tick + 1 : 0;
    const face = chance.chance(0.5) ? chance.below(FACES) : undefined;
    return {
      type: "message",
      id: `m${i}`,
      room: "#lobby",
      from: face === undefined ? BOB : ME,
      text: `word ${i}`,
      sentAtMs: wallMs,
      tick,
      seq: i + 1,
      isLate: false,
      face,
    };
  });
}

/** One face, in which somebody says their words, and which is told all others in any order. */
class Face {
  readonly #commands: Asked[] = [];
  readonly #model = new PageModel({
    notices: new Map(),
    hidesNotices: false,
    keepNotices: () => undefined,
    me: ME,
    isLookedAt: true,
    command: (asked) => this.#commands.push(asked),
  });
  readonly #told: Word[] = [];

  constructor() {
    this.#tell(ready());
  }

  get shown(): readonly string[] {
    const items = this.#model.current?.timeline.items ?? [];
    return items.flatMap((item) => (item.kind === "saying" ? [item.text] : []));
  }

  say({ text }: Word): void {
    pageInterpreter.handleTyped(this.#model, NOW, text);
  }

  note(): void {
    this.#model.note(NOW, "something of the program's own");
  }

  /** It is kept: where it was said, that is told; elsewhere, what it says. */
  hear(word: Word, isOwn: boolean): void {
    const { text, id, room, sentAtMs, tick, seq } = word;
    const isLate = word.from === BOB && this.#told.some((one) => one.seq > seq);
    this.#told.push(word);
    if (!isOwn) return this.#tell({ ...word, isLate });
    const asked = this.#commands.find((one) => one.type === "send" && one.text === text);
    const req = asked !== undefined && "req" in asked ? asked.req : null;
    this.#tell(status("queued", { req, id, room, place: { sentAtMs, tick, seq } }));
  }

  /** What was heard by now, and some of the rest, is on the disk that it asks. */
  answer(words: readonly Word[]): void {
    const asked = this.#commands.find(({ type }) => type === "history");
    if (asked?.type !== "history") throw new Error("Nothing was asked of the disk");
    const messages = words.map(keptOf);
    this.#tell({
      type: "reply",
      req: asked.req,
      command: "history",
      room: "#lobby",
      messages,
      hasBefore: false,
      hasAfter: false,
      damaged: 0,
    });
  }

  has(word: Word): boolean {
    return this.#told.includes(word);
  }

  #tell(event: PeerEvent): void {
    foldTalk(this.#model, NOW, event);
  }
}

function keptOf({ id, room, from, text, sentAtMs, tick, seq }: Word): KeptMessageEvent {
  return { id, room, from, text, sentAtMs, tick, seq, states: from === ME ? [] : null };
}

/** What has happened in a face by then; own words are asked before they are kept. */
function live(chance: Prng, words: readonly Word[], face: Face, number: number): void {
  const steps: { readonly atMs: number; readonly run: () => void }[] = [];
  const add = (atMs: number, run: () => void): void => void steps.push({ atMs, run });
  for (const word of words) {
    const atMs = chance.below(1000);
    const isOwn = word.face === number;
    if (isOwn) add(atMs - 1 - chance.below(400), () => face.say(word));
    add(atMs, () => face.hear(word, isOwn));
  }
  add(chance.below(1000), () => {
    face.answer(words.filter((word) => face.has(word) || chance.chance(0.3)));
  });
  add(chance.below(1000), () => face.note());
  for (const { run } of steps.toSorted((a, b) => a.atMs - b.atMs)) run();
}

test("all faces end with the order of the room's history, however what is said crosses", () => {
  const wrongs = SEEDS.flatMap((seed) => {
    const chance = new Prng(seed, "order");
    const words = wordsOf(chance);
    return Array.from({ length: FACES }, (_, number) => {
      const face = new Face();
      live(chance, words, face, number);
      return face.shown.join();
    }).flatMap((shown, number) => {
      const isRight = shown === words.map(({ text }) => text).join();
      return isRight ? [] : [`seed ${seed}, face ${number}: ${shown}`];
    });
  });

  expect(wrongs).toEqual([]);
});

test("what is not kept yet stands last, and goes where it belongs once it is", () => {
  const face = new Face();
  const [first, own, last] = wordsOf(new Prng(1, "order"));
  if (first === undefined || own === undefined || last === undefined) throw new Error("few words");
  face.answer([]);

  face.say(own);
  face.hear({ ...last, from: BOB }, false);
  face.hear({ ...first, from: BOB }, false);
  expect(face.shown).toEqual(["word 0", "word 2", "word 1"]);
  face.hear({ ...own, from: ME }, true);

  expect(face.shown).toEqual(["word 0", "word 1", "word 2"]);
});
