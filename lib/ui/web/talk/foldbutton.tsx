import { type Fold, unfoldWords } from "../model/fold.ts";
import { unfold } from "../model/unfolded.ts";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";

interface FoldButtonProps {
  /** Of the message. */
  readonly id: string;
  readonly fold: Fold;
  readonly isWhole: boolean;
  /** Of the element that has the text. */
  readonly textId: string;
}

/** Shows all of a long message, and folds it again. */
export function FoldButton({ id, fold, isWhole, textId }: FoldButtonProps) {
  const act = useAct();
  return (
    <button
      type="button"
      className={isWhole ? "button unfold whole" : "button unfold"}
      aria-expanded={isWhole}
      aria-controls={textId}
      onClick={({ currentTarget }) => {
        const abovePx = topOf(currentTarget, ".list") - topOf(currentTarget, ".message");
        act((model) => unfold(model, id, !isWhole, abovePx));
      }}
    >
      <Icon name="down" />
      {isWhole ? "Show less" : unfoldWords(fold)}
    </button>
  );
}

/** Where the element begins, in px, that this one is in. */
function topOf(element: Element, selector: string): number {
  return element.closest(selector)?.getBoundingClientRect().top ?? 0;
}
