import type { Person } from "../../contract/people.ts";
import type { Who } from "../../node/events.ts";
import { clockTime } from "../words.ts";
import { reactor } from "./finding.ts";
import type { ActionAt } from "./keytable.ts";
import type { Model } from "./model.ts";
import { page } from "./overlay.ts";
import { span } from "./rows.ts";
import { FOR_NOBODY, type Saying, waitsForNobody } from "../talk/timeline.ts";
import { interpreter } from "./interpreter.ts";

/** What is done with a person or a message that was chosen. */
export class Choosing {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  focusPeople(): void {
    const model = this.#model;
    if (model.focus === "people") return model.toWriting();
    model.overlays.close();
    model.focus = "people";
    model.isDrawerOpen = true;
    model.chosenPerson ??= model.people()[0]?.who.id;
  }

  focusMessages(): void {
    const model = this.#model;
    model.overlays.close();
    model.focus = "messages";
    model.chosenMessage = undefined;
    this.#chooseMessage(-1);
  }

  doWithPerson(now: number, action: ActionAt<"people">): void {
    const model = this.#model;
    const people = model.people();
    const at = Math.max(
      0,
      people.findIndex(({ who }) => who.id === model.chosenPerson),
    );
    const person = people[at];
    if (person === undefined) return;
    switch (action) {
      case "person-up":
        model.chosenPerson = people[Math.max(0, at - 1)]?.who.id;
        break;
      case "person-down":
        model.chosenPerson = people[Math.min(people.length - 1, at + 1)]?.who.id;
        break;
      case "person-talk":
        model.toWriting();
        model.enter(model.conversations.with(person.who), now);
        break;
      case "person-why":
        this.#askAbout(now, "why", person);
        break;
      case "person-verify":
        this.#askAbout(now, "verify", person);
        break;
      case "person-retry":
        this.#askAbout(now, "retry", person);
        break;
      default:
        action satisfies never;
    }
  }

  doWithMessage(now: number, action: ActionAt<"messages">): void {
    const model = this.#model;
    const chosen = this.#chosenMessage();
    if (action === "message-up" || action === "message-down") {
      return this.#chooseMessage(action === "message-up" ? -1 : 1);
    }
    if (chosen === undefined) return;
    const { id, text } = chosen;
    const isOwn = chosen.fate !== undefined;
    switch (action) {
      case "message-answer":
        model.leaveAbout();
        model.about = { kind: "answer", id };
        model.toWriting();
        break;
      case "message-edit":
        if (isOwn) this.#change(chosen);
        else model.flash = "only your own can be changed";
        break;
      case "message-delete":
        if (isOwn) interpreter.give(model, now, { type: "delete", req: model.nextReq(), id });
        else model.flash = "only your own can be taken back";
        break;
      case "message-react":
        model.overlays.show(
          reactor(now, id, (at, messageId, emoji) => {
            const req = model.nextReq();
            interpreter.give(model, at, { type: "react", req, id: messageId, emoji, on: true });
          }),
        );
        break;
      case "message-info":
        this.#showInfo(now, chosen);
        break;
      case "message-copy":
        model.copy(text);
        break;
      default:
        action satisfies never;
    }
  }

  #askAbout(now: number, type: "why" | "verify" | "retry", { who }: Person): void {
    const model = this.#model;
    const to = `@${model.view.nameOf(who)}`;
    const req = model.nextReq();
    interpreter.give(
      model,
      now,
      type === "verify" ? { type, req, to, answer: null } : { type, req, to },
    );
  }

  #chosenMessage(): Saying | undefined {
    const { current, chosenMessage } = this.#model;
    const item = chosenMessage === undefined ? undefined : current?.timeline.get(chosenMessage);
    return item?.kind === "saying" ? item : undefined;
  }

  #chooseMessage(step: -1 | 1): void {
    const model = this.#model;
    const items = model.current?.timeline.items ?? [];
    const sayings = items.filter(({ kind }) => kind === "saying");
    const at = sayings.findIndex(({ id }) => id === model.chosenMessage);
    const next = sayings[at < 0 ? sayings.length - 1 : at + step];
    if (next !== undefined) model.chosenMessage = next.id;
    model.mustReveal = true;
  }

  #change({ id, text }: Saying): void {
    const model = this.#model;
    model.leaveAbout();
    model.about = { kind: "change", id, draft: model.composer.text };
    model.toWriting();
    model.composer.set(text);
  }

  #showInfo(now: number, saying: Saying): void {
    const { from, sentAtMs, fate, isEdited, reactions } = saying;
    const { view } = this.#model;
    const names = (all: readonly Who[]): string => {
      return all.map((who) => view.nameOf(who)).join(", ") || "nobody yet";
    };
    const lines = [`from       ${view.nameOf(from)}`, `sent       ${clockTime(sentAtMs, now)}`];
    if (isEdited) lines.push("changed    since it was first said");
    if (waitsForNobody(fate)) {
      lines.push(`state      ${FOR_NOBODY}`);
    } else if (fate !== undefined) {
      lines.push(`state      ${fate.state === "asked" ? "on its way to the disk" : fate.state}`);
      lines.push(`delivered  to ${names(fate.delivered)}${fate.of > 1 ? `, of ${fate.of}` : ""}`);
      if (fate.read.length > 0) lines.push(`read       by ${names(fate.read)}`);
      if (fate.held.length > 0) lines.push(`held       by ${names(fate.held)}`);
      for (const { by, reason } of fate.failed) {
        lines.push(`failed     ${by === null ? "" : `for ${view.nameOf(by)}: `}${reason}`);
      }
    }
    for (const { emoji, by } of reactions) lines.push(`reaction   ${emoji} ${names(by)}`);
    if (saying.hasMoreReactions === true) lines.push("reaction   and more, which do not count");
    const rows = lines.map((line) => span(line));
    this.#model.overlays.show(page("This message", rows));
  }
}
