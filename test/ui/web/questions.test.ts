import { expect, test } from "bun:test";
import { changeKeep, findKeep, keepsBeside, keepWords } from "../../../lib/ui/web/model/keeping.ts";
import { askToLeave } from "../../../lib/ui/web/model/leaving.ts";
import { answer, ask, type Question } from "../../../lib/ui/web/model/question.ts";
import { PageStage } from "./pagestage.ts";

test("a room is left once the person has said so, who is told what leads back", () => {
  const stage = PageStage.ready();
  askToLeave(stage.model, "#lobby");
  expect(questionOf(stage).text).toContain("By its name you come back");
  say(stage, false);
  expect(stage.count("leave")).toBe(0);

  askToLeave(stage.model, "#lobby");
  stage.model.show({ kind: "room", room: "#lobby" });
  say(stage, true);
  expect(stage.last("leave")).toMatchObject({ room: "#lobby" });
  expect(stage.model.panel).toBeUndefined();
});

test("of a private room only its link or its secret leads back", () => {
  const stage = PageStage.ready();
  stage.tell({ type: "reply", req: null, command: "join", room: "#den", isPrivate: true });
  askToLeave(stage.model, "#den");

  expect(questionOf(stage).text).toContain("Only its link or its secret");
});

test("an answer to a question that is over does nothing", () => {
  const stage = PageStage.ready();
  const done: string[] = [];
  const question = (title: string): Question => {
    return { title, text: "", deed: "", run: () => done.push(title) };
  };
  const [first, second] = [question("first"), question("second")];
  ask(stage.model, first);
  ask(stage.model, second);
  answer(stage.model, stage.now, first, true);
  expect(stage.model.question).toBe(second);
  answer(stage.model, stage.now, second, true);
  answer(stage.model, stage.now, second, true);

  expect(done).toEqual(["second"]);
});

test("more is kept at once, and less when the person has said so", () => {
  const stage = PageStage.ready();
  const kept: string[] = [];
  change(stage, kept, "7d", "forever");
  expect(stage.last("retain")).toMatchObject({ room: "#lobby", with: null, keep: "forever" });
  tellKept(stage, "forever");

  change(stage, kept, "forever", "30d");
  expect(stage.count("retain")).toBe(1);
  expect(questionOf(stage).title).toBe("Keep the last 30 days?");
  say(stage, true);
  expect(stage.last("retain").keep).toBe("30d");
  tellKept(stage, "30d");

  // Nobody knows how old the last thousand are.
  change(stage, kept, "1000", "365d");
  expect(stage.count("retain")).toBe(2);
  expect(kept).toEqual(["forever", "30d"]);
});

test("what is kept is found out, and is one of the choices whatever it is", () => {
  const stage = PageStage.ready();
  const kept: string[] = [];
  findKeep(stage.model, lobby(stage), (keep) => kept.push(keep));
  expect(stage.last("retain").keep).toBeNull();
  tellKept(stage, "12h");

  expect(kept).toEqual(["12h"]);
  expect(keepsBeside("12h")).toContain("12h");
  expect(keepsBeside("30d").filter((keep) => keep === "30d")).toEqual(["30d"]);
  expect(keepWords("12h")).toBe("The last 12 hours");
});

function change(stage: PageStage, kept: string[], before: string, next: string): void {
  const onKept = (keep: string): void => void kept.push(keep);
  changeKeep(stage.model, lobby(stage), { before, next, onKept });
}

function tellKept(stage: PageStage, keep: string): void {
  const { req } = stage.last("retain");
  stage.tell({ type: "reply", req, command: "retain", room: "#lobby", keep });
}

function lobby(stage: PageStage) {
  return stage.model.conversations.room("#lobby");
}

function questionOf({ model }: PageStage): Question {
  if (model.question === undefined) throw new Error("Nothing was asked");
  return model.question;
}

function say(stage: PageStage, isYes: boolean): void {
  answer(stage.model, stage.now, questionOf(stage), isYes);
}
