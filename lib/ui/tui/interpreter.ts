import { SECRET_RULE } from "../../contract/roomsecret.ts";
import { noHelpWords } from "../helplines.ts";
import { exportWords } from "../historywords.ts";
import { endingToo } from "../words.ts";
import { Interpreter, type Ways } from "../talk/interpreter.ts";
import { showDoctor } from "./doctorpage.ts";
import { finder } from "./finding.ts";
import type { Model } from "./model.ts";
import { page } from "./overlay.ts";
import { helpPage, selfPage, topicPage } from "./replypages.ts";
import { span } from "./rows.ts";

const WAYS: Ways<Model> = {
  signs: ({ signs }) => signs,
  showHelp: (model, now, topic) => {
    const shown = topic === "" ? helpPage(model.keys) : topicPage(model.keys, topic);
    if (shown === undefined) model.note(now, noHelpWords(topic), true);
    else model.overlays.show(shown);
  },
  showSelf: ({ me, overlays }) => overlays.show(selfPage(me)),
  showLines: ({ overlays }, title, lines) => {
    const rows = lines.map((line) => span(line));
    overlays.show(page(title, rows));
  },
  showDoctor,
  exportTo: (model, now, { place, file }) => {
    model.exportTo?.({ place, file }, (result) => {
      model.note(now, exportWords(place, file, result), "fault" in result);
    });
  },
  search: (model, now, { text }) => model.overlays.show(finder(model, now, text)),
  quit: (model, now, command) => {
    const others = endingToo(model.endsToo());
    if (others !== "" && !model.isWarnedOfOthers) {
      model.isWarnedOfOthers = true;
      return model.note(now, `/quit again ends p2pchat${others}`, true);
    }
    model.onLeaving(now);
    model.command(command);
  },
  showOwn: (model, _, where, saying) => {
    model.viewports.of(where).toEnd();
    where.timeline.add(saying);
  },
  askSecret: ({ overlays }, room) => overlays.ask(room),
  endSecret: ({ overlays }) => overlays.endSecret(),
  // Whoever types on is to know that it is shown, and said.
  leaveSecret: (model, now) => {
    model.overlays.endSecret();
    model.note(now, "no secret, no room");
  },
  refuseSecret: (model, now) => model.note(now, SECRET_RULE, true),
};

/** What is meant by what is typed, and by the keys. */
export const interpreter = new Interpreter(WAYS);
