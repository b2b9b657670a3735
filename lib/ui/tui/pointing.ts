import type { Deeds } from "./deeds.ts";
import { type Cell, type Pointed, pointedAt } from "./frame.ts";
import type { Model } from "./model.ts";
import { choiceAt } from "./overlayrows.ts";
import { personAt } from "./peoplerows.ts";
import { keyWords } from "./replypages.ts";
import { conversationAt } from "./roomrows.ts";

/** Rows that one step of the wheel goes. */
const WHEEL_ROWS = 3;

/** Does what the mouse does where it points. */
export class Pointing {
  readonly #model: Model;
  readonly #deeds: Deeds;
  readonly #scroll: (rows: number) => void;

  constructor(model: Model, deeds: Deeds, scroll: (rows: number) => void) {
    this.#model = model;
    this.#deeds = deeds;
    this.#scroll = scroll;
  }

  press(now: number, cell: Cell): void {
    const model = this.#model;
    const at = pointedAt(model, cell);
    model.flash = undefined;
    if (at === undefined) return;
    switch (at.name) {
      case "rooms":
        this.#enter(now, at);
        break;
      case "people":
        this.#choosePerson(now, at);
        break;
      case "middle":
      case "write":
        this.#pressMiddle(now, at);
        break;
      default:
        at.name satisfies never;
    }
  }

  /** Whoever draws with the mouse wants to select text. */
  drag(): void {
    const [keys] = this.#model.keys.keysOf("mouse").map(keyWords);
    if (keys !== undefined) this.#model.flash = `${keys} lets the mouse select text`;
  }

  wheel(now: number, cell: Cell, isUp: boolean): void {
    const { overlay } = this.#model;
    if (overlay?.kind === "picker") {
      return this.#deeds.do(now, isUp ? "choice-up" : "choice-down");
    }
    const at = pointedAt(this.#model, cell)?.name;
    if (at === "middle") this.#scroll(isUp ? -WHEEL_ROWS : WHEEL_ROWS);
  }

  #enter(now: number, { rect, row }: Pointed): void {
    const model = this.#model;
    const one = conversationAt(model, rect.height, row);
    if (one === undefined) return;
    model.overlays.close();
    this.#leaveSides(now);
    model.enter(one, now);
  }

  /** Once for who they are, once more to talk with them. */
  #choosePerson(now: number, { rect, row, hasPath }: Pointed): void {
    const model = this.#model;
    const person = personAt(model, rect, now, { row, hasPath });
    if (person === undefined) return;
    const { id } = person.who;
    model.overlays.close();
    if (model.focus !== "people") this.#deeds.do(now, "people");
    else if (model.chosenPerson === id) return this.#deeds.do(now, "person-talk");
    model.chosenPerson = id;
  }

  #pressMiddle(now: number, { name, rect, row }: Pointed): void {
    const { overlay } = this.#model;
    if (overlay === undefined) return this.#leaveSides(now);
    if (overlay.kind !== "picker" || name !== "middle") return;
    const at = choiceAt(overlay, rect.height, row);
    if (at === undefined) return;
    overlay.chosen = at;
    this.#deeds.do(now, "choose");
  }

  /** A secret that is asked for is no side, and stays. */
  #leaveSides(now: number): void {
    const { focus, overlays } = this.#model;
    if (focus !== "write" && overlays.secret === undefined) this.#deeds.do(now, "leave");
  }
}
