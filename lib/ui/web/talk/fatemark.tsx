import { use } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { Conversation } from "../../talk/conversation.ts";
import type { Fate } from "../../talk/timeline.ts";
import { fateLine, fateMark, type SaidTo } from "../model/fatewords.ts";
import { pageClock } from "../model/pageclock.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { waitingWhy } from "../model/waitingwhy.ts";
import { FateList } from "./fatelist.tsx";
import { PageContext } from "../parts/pagecontext.ts";
import { Popover } from "../parts/popover.tsx";

interface FateMarkProps {
  readonly fate: Fate;
  readonly isPointed: boolean;
}

/** How far a message of one's own has come; who points at it sees who has it, or by a press. */
export function FateMark({ fate, isPointed }: FateMarkProps) {
  const { sign, words, kind } = fateMark(fate);
  if (isPointed) return <FateButton fate={fate} />;
  return (
    <span className={`fate ${kind}`} title={words}>
      <span aria-hidden="true">{sign}</span>
      <span className="hidden">{words}</span>
    </span>
  );
}

function FateButton({ fate }: Pick<FateMarkProps, "fate">) {
  const model = use(PageContext)?.model;
  const { sign, words, kind } = fateMark(fate);
  if (model?.current === undefined) return null;
  const to = saidTo(model, model.current);
  return (
    <Popover
      className={`fate ${kind}`}
      title={fateLine(fate, to)}
      button={
        <>
          <span aria-hidden="true">{sign}</span>
          <span className="hidden">{lineSafe(words)}: who has it</span>
        </>
      }
    >
      {() => <FateList fate={fate} to={to} />}
    </Popover>
  );
}

function saidTo(model: PageModel, { who, members, isRoom }: Conversation): SaidTo {
  const inRoom = members.filter(({ state }) => state !== "me");
  return {
    others: isRoom ? inRoom : who === undefined ? [] : [who],
    isRoom,
    why: (one) => waitingWhy(model, one, pageClock.now()),
  };
}
