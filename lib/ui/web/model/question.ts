import type { PageModel } from "./pagemodel.ts";

/** What the person is asked before something is done that is not undone as easily. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** What is done if they say so. */
  readonly deed: string;
  readonly run: (model: PageModel, now: number) => void;
}

/** Asks it, in the place of another that is open. */
export function ask(model: PageModel, question: Question): void {
  model.question = question;
  model.isJumping = false;
}

/** Whether it is to be done: either way the question is over. One of before is over already. */
export function answer(model: PageModel, now: number, question: Question, isYes: boolean): void {
  if (model.question !== question) return;
  model.question = undefined;
  if (isYes) question.run(model, now);
}
