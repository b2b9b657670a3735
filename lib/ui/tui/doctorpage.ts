import type { CheckState } from "../../contract/checks.ts";
import { summaryLine } from "../doctorlines.ts";
import { type FindingRow, findingRows } from "../findingrows.ts";
import type { Model } from "./model.ts";
import { page, type Page, type PageLine } from "./overlay.ts";
import { span, type Style } from "./rows.ts";

const TITLE = "Your network";
const WAIT = span("looking: this takes some four seconds", "dim");

/** A page that tells what who runs the node finds, if it is looked at still by then. */
export function showDoctor(model: Model): void {
  const shown: Page = page(TITLE, [WAIT]);
  model.overlays.show(shown);
  const show = (title: string, lines: readonly PageLine[]): void => {
    if (model.overlay === shown) model.overlays.show({ ...shown, title, lines });
  };
  model.asking.ask(
    (req) => ({ type: "doctor", req }),
    (reply) => {
      if (reply.command !== "doctor") return;
      const summary = summaryLine(reply.checks.map(({ state }) => state));
      const rows = findingRows(reply, (who) => model.view.nameOf(who));
      show(`${TITLE}: ${summary}`, rows.map(lineOf));
    },
    (fault = "It could not be looked at") => show(TITLE, [span(fault, "bad")]),
  );
  model.steps.onExamined();
}

const STYLES: Readonly<Record<CheckState, Style>> = {
  ok: "good",
  warn: "warn",
  fail: "bad",
  skip: "dim",
};

function lineOf({ text, state }: FindingRow): PageLine {
  return span(text, state === undefined ? "text" : STYLES[state]);
}
