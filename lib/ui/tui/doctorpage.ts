import type { CheckState } from "../../contract/checks.ts";
import { VisitRows, type VisitRow } from "../visitrows.ts";
import type { Model } from "./model.ts";
import { page, type Page, type PageLine } from "./overlay.ts";
import { span, type Style } from "./rows.ts";

const TITLE = "Your network";
const WAIT = span("looking: this takes some four seconds", "dim");
const NOWHERE = "This can be looked at by p2pchat doctor alone.";

/** A page that fills as the visit goes, as long as it is looked at. */
export function showDoctor(model: Model): void {
  const { examine } = model;
  if (examine === undefined) {
    model.overlays.show(page(TITLE, [span(NOWHERE)]));
    return;
  }
  const rows = new VisitRows((who) => model.view.nameOf(who));
  const lines: PageLine[] = [];
  let shown: Page = page(TITLE, [WAIT]);
  model.overlays.show(shown);
  const show = (title: string, all: readonly PageLine[]): void => {
    if (model.overlay !== shown) return;
    shown = { ...shown, title, lines: all };
    model.overlays.show(shown);
  };
  examine(
    (event) => {
      lines.push(...rows.rowsOf(event).map(lineOf));
      show(TITLE, [...lines, WAIT]);
    },
    (fault) => {
      if (fault === undefined) show(`${TITLE}: ${rows.summary}`, lines);
      else show(TITLE, [...lines, span(fault, "bad")]);
    },
  );
  model.steps.onExamined();
}

const STYLES: Readonly<Record<CheckState, Style>> = {
  ok: "good",
  warn: "warn",
  fail: "bad",
  skip: "dim",
};

function lineOf({ text, state }: VisitRow): PageLine {
  return span(text, state === undefined ? "text" : STYLES[state]);
}
