import type { PageModel } from "./pagemodel.ts";

/** Where what is written goes, which whoever is loaded anew can be led back to. */
export function placeShown({ current, conversations }: PageModel): string | undefined {
  return current && conversations.placeOf(current);
}

/** Leads there, if there is such a place still. */
export function goBack(model: PageModel, place: string, now: number): void {
  const { conversations } = model;
  const where = place.startsWith("@") ? conversations.at(place) : conversations.find(place);
  if (where !== undefined) model.enter(where, now);
}
