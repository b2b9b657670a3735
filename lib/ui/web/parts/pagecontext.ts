import { createContext, use } from "react";
import type { PageModel } from "../model/pagemodel.ts";
import type { Store } from "../model/store.ts";

/** The store of the page, for every part of it. */
export const PageContext = createContext<Store | undefined>(undefined);

type Act = (deed: (model: PageModel, now: number) => void) => void;

/** Does something with the model, which is drawn thereafter. */
export function useAct(): Act {
  const store = use(PageContext);
  return store?.act ?? nothing;
}

/** The same, drawn at once. */
export function useActNow(): Act {
  const store = use(PageContext);
  return store?.actNow ?? nothing;
}

/** Outside the page there is nothing to do anything with. */
function nothing(): void {
  return undefined;
}
