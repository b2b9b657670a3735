import { use } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { Who } from "../../../node/events.ts";
import type { Fate } from "../../talk/timeline.ts";
import { fateLine, fateMark } from "../model/fatewords.ts";
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
  const store = use(PageContext);
  const { sign, words, kind } = fateMark(fate);
  const { who, members = [] } = store?.model?.current ?? {};
  const inRoom = members.filter(({ state }) => state !== "me");
  const others: readonly Who[] = who === undefined ? inRoom : [who];
  return (
    <Popover
      className={`fate ${kind}`}
      title={fateLine(fate, others)}
      button={
        <>
          <span aria-hidden="true">{sign}</span>
          <span className="hidden">{lineSafe(words)}: who has it</span>
        </>
      }
    >
      {() => <FateList fate={fate} others={others} />}
    </Popover>
  );
}
