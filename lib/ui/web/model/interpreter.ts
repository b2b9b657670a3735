import { helpOn, COMMAND_HELP } from "../../../contract/intent.ts";
import { SECRET_RULE } from "../../../contract/roomsecret.ts";
import { noHelpWords } from "../../helplines.ts";
import { Interpreter, type Ways } from "../../talk/interpreter.ts";
import { beginExport } from "./exporting.ts";
import { MARKS } from "./marks.ts";
import type { PageModel } from "./pagemodel.ts";

const WAYS: Ways<PageModel> = {
  signs: () => MARKS,
  showHelp: (model, now, topic) => {
    const rows = topic === "" ? COMMAND_HELP : helpOn(topic, true);
    if (rows.length === 0) return model.note(now, noHelpWords(topic), true);
    const lines = rows.map(([usage, about]) => `${usage}: ${about}`);
    model.show({ kind: "lines", title: topic === "" ? "Commands" : `Help on ${topic}`, lines });
  },
  showSelf: (model) => model.show({ kind: "me" }),
  showLines: (model, title, lines) => model.show({ kind: "lines", title, lines }),
  showDoctor: (model) => model.show({ kind: "doctor" }),
  exportTo: beginExport,
  search: (model, _, { text }) => model.show({ kind: "search", text }),
  quit: (model, now) => model.note(now, "To end this page, close its window"),
  showOwn: (model, now, where, saying) => {
    where.timeline.add(saying);
    model.toEnd(now);
  },
  askSecret: (model, room) => (model.secretFor = room),
  endSecret: (model) => {
    model.secretFor = undefined;
    model.wish({ kind: "write" });
  },
  leaveSecret: (model) => (model.secretFor = undefined),
  refuseSecret: (model) => (model.flash = SECRET_RULE),
};

/** What is meant by what is typed, and by what is clicked. */
export const interpreter = new Interpreter(WAYS);
