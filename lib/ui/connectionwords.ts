import { lineSafe } from "../base/text.ts";
import type { View } from "../contract/view.ts";
import type { PeerEvent, PeerStateEvent, ReadyEvent } from "../node/events.ts";
import { placeWords } from "./roomlines.ts";
import { blockedLines } from "./trustlines.ts";
import { ownPresenceWords, pathWords, shortId } from "./words.ts";

/** Who one is, how one stands with the server, and where one talks; each line says when. */
export function readyLines(
  view: View,
  ready: ReadyEvent,
  awaitsServer: boolean,
): readonly string[] {
  const { me, server, address, presence = "online" } = ready;
  const { room } = view;
  const hope = awaitsServer
    ? "no server has answered yet: still trying"
    : "no server, and no local network";
  const seen = address === null ? "" : `, which sees you as ${address}`;
  const where = room === undefined ? "" : placeWords(view, room);
  return [
    `* you are ${lineSafe(me.name)}; your id begins with ${shortId(me.id)}`,
    server === null ? `* ${hope}` : `* server ${server.address} connected${seen}`,
    ...(presence === "online" ? [] : [ownPresenceWords(presence)]),
    ...blockedLines(view, ready),
    ...(where === "" ? [] : [`* you talk in ${where}; /help lists the commands`]),
  ];
}

/** How somebody is reached now, or is not; it goes on after their name. */
export function peerWords({ state, path, reason }: PeerStateEvent, view: View): string {
  const where = path === null ? "" : `, ${pathWords(path, (who) => view.nameOf(who))}`;
  const why = reason === null ? "" : `: ${lineSafe(reason)}`;
  return `${state}${where}${why}`;
}

/** How one stands with the server. */
export function serverWords({
  state,
  address,
  reason,
}: Extract<PeerEvent, { type: "server" }>): string {
  if (state === "connected") return `* server ${address} connected`;
  if (state === "replaced") return `! ${lineSafe(reason ?? "")}`;
  const why = reason === undefined ? "" : `: ${lineSafe(reason)}`;
  return `* server ${address} lost${why}; still trying, direct connections go on`;
}
