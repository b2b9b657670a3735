import type { Person } from "../../contract/people.ts";
import type { Talk } from "./talk.ts";

/** Everybody but oneself who is in the room shown or was met, those who are there first. */
export function nearby({ current, view }: Talk): readonly Person[] {
  const here = new Set(current?.members.map(({ id }) => id));
  if (current?.who !== undefined) here.add(current.who.id);
  return view
    .peopleCalled("#")
    .filter(({ who, state }) => state !== undefined || here.has(who.id))
    .toSorted((a, b) => {
      return nearness(a) - nearness(b) || a.who.name.localeCompare(b.who.name);
    });
}

function nearness({ state }: Person): number {
  switch (state) {
    case "connected":
      return 0;
    case "connecting":
      return 1;
    case "unreachable":
      return 2;
    case "gone":
    case undefined:
      return 3;
    default:
      return state satisfies never;
  }
}
