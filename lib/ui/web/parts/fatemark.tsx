import { lineSafe } from "../../../base/text.ts";
import type { Fate, Saying } from "../../talk/timeline.ts";
import { fateMark, fateRows } from "../model/fatewords.ts";
import { FateList } from "./fatelist.tsx";
import { Popover } from "./popover.tsx";

interface FateMarkProps {
  readonly saying: Saying;
  readonly fate: Fate;
  readonly isPointed: boolean;
}

/** How far a message of one's own has come; a press shows who has it. */
export function FateMark({ fate, isPointed }: FateMarkProps) {
  const { sign, words, kind } = fateMark(fate);
  if (!isPointed) {
    return (
      <span className={`fate ${kind}`} title={words}>
        <span aria-hidden="true">{sign}</span>
        <span className="hidden">{words}</span>
      </span>
    );
  }
  return (
    <Popover
      className={`fate ${kind}`}
      label={`${lineSafe(words)}: who has it`}
      title={fateRows(fate)
        .map(({ title }) => title)
        .join(", ")}
      button={<span aria-hidden="true">{sign}</span>}
    >
      {() => <FateList fate={fate} />}
    </Popover>
  );
}
