import { type KeyboardEvent, useState } from "react";
import { type Offers, offersFor } from "../model/completing.ts";
import type { PageModel } from "../model/pagemodel.ts";

/** Ways in which what is being typed can go on, and which of them is chosen. */
export interface OffersInUse {
  readonly offers: Offers | undefined;
  /** Which of them, from 0. */
  readonly chosen: number;
  /** What is typed is something else by now. */
  readonly forget: () => void;
  /** True where the key was for them. */
  readonly onKey: (event: KeyboardEvent, take: (index: number) => void) => boolean;
}

export function useOffers(model: PageModel, text: string, cursor: number): OffersInUse {
  const [chosen, setChosen] = useState(0);
  /** The text for which none are wanted. */
  const [unwanted, setUnwanted] = useState<string>();
  const offers = unwanted === text ? undefined : offersFor(model, text, cursor);
  const count = offers?.all.length ?? 0;
  const at = Math.max(0, Math.min(chosen, count - 1));
  const onKey: OffersInUse["onKey"] = ({ key, altKey, shiftKey }, take) => {
    if (count === 0 || altKey || shiftKey) return false;
    if (key === "ArrowDown") setChosen((at + 1) % count);
    else if (key === "ArrowUp") setChosen((at + count - 1) % count);
    else if (key === "Tab" || key === "Enter") take(at);
    else if (key === "Escape") setUnwanted(text);
    else return false;
    return true;
  };
  const forget = (): void => {
    setChosen(0);
    setUnwanted(undefined);
  };
  return { offers, chosen: at, forget, onKey };
}
