import type { Person } from "../../../contract/people.ts";
import type { PageModel } from "./pagemodel.ts";

/** Those of whom nothing is taken before the person here has decided, and who are blocked. */
export function waitingPeople({ view }: Pick<PageModel, "view">): readonly Person[] {
  return view.peopleCalled("#").filter(({ trust, isBlocked }) => trust === "changed" || isBlocked);
}
