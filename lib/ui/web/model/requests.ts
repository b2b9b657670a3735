import type { Person } from "../../../contract/people.ts";
import type { PageModel } from "./pagemodel.ts";

/** Those of whom nothing is taken before the person here has decided. */
export function waitingPeople({ view }: Pick<PageModel, "view">): readonly Person[] {
  return view.peopleCalled("#").filter(({ trust, isBlocked }) => trust === "changed" && !isBlocked);
}

export function blockedPeople({ view }: Pick<PageModel, "view">): readonly Person[] {
  return view.peopleCalled("#").filter(({ isBlocked }) => isBlocked);
}

/** Who wants to compare keys, the first of them; whoever was put off is not told of. */
export function comparing(model: Pick<PageModel, "view" | "putOff">): Person | undefined {
  return model.view.peopleCalled("#").find(({ who, wantsComparison, isBlocked }) => {
    return wantsComparison && !isBlocked && !model.putOff.has(who.id);
  });
}
