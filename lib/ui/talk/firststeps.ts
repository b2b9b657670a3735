import type { PeerEvent } from "../../node/events.ts";
import type { Standing } from "./standing.ts";

export interface FirstStep {
  readonly what: string;
  /** What to type for it; empty where it comes by itself. */
  readonly how: string;
  readonly isDone: boolean;
}

/** What there is to try for who has never said anything before: it ticks itself off. */
export class FirstSteps {
  #isNew = true;
  #hasMet = false;
  #hasArrived = false;
  #hasExamined = false;
  #hasCompared = false;

  /** Who has spoken in an earlier run needs no list. */
  onSpokenBefore(): void {
    this.#isNew = false;
  }

  handleEvent(event: PeerEvent): void {
    if (event.type === "peer" && event.state === "connected") this.#hasMet = true;
    if (event.type === "status" && event.state === "delivered") this.onArrived();
    const isTrust = event.type === "peer" || event.type === "trust";
    if (isTrust && event.trust === "verified") this.#hasCompared = true;
  }

  /** Something of one's own is where it was to go. */
  onArrived(): void {
    this.#hasArrived = true;
  }

  onExamined(): void {
    this.#hasExamined = true;
  }

  /** None where there is nothing left to try. */
  list({ server }: Standing): readonly FirstStep[] {
    const served = { what: "reach the server", how: "", isDone: server === "connected" };
    const steps: readonly FirstStep[] = [
      ...(server === "none" ? [] : [served]),
      { what: "meet somebody", how: "/invite", isDone: this.#hasMet },
      { what: "see a message arrive", how: "/echo hi", isDone: this.#hasArrived },
      { what: "look at your network", how: "/doctor", isDone: this.#hasExamined },
      { what: "compare keys", how: "/verify NAME", isDone: this.#hasCompared },
    ];
    return this.#isNew && steps.some(({ isDone }) => !isDone) ? steps : [];
  }
}
