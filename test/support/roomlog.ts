import { ask } from "./chat.ts";
import type { Json, Program } from "./program.ts";

const PAGE = 100;

/** All of a room that a program holds, in the room's order. */
export interface RoomLog {
  readonly messages: readonly { readonly id: string; readonly from: string }[];
  readonly texts: readonly string[];
  /** Of every message's id, author and text. */
  readonly hash: string;
}

/** As `history` tells it, page by page; throws where a message is damaged or told twice. */
export async function roomLog(program: Program, room: string): Promise<RoomLog> {
  const messages: Json[] = [];
  for (let hasBefore = true; hasBefore;) {
    const [first] = messages;
    const before = first === undefined ? {} : { before: first["id"] };
    const page = await ask(program, { type: "history", room, limit: PAGE, ...before });
    if (page["damaged"] !== 0) throw new Error(`Damaged: ${JSON.stringify(page["damaged"])}`);
    messages.unshift(...(page["messages"] as readonly Json[]));
    hasBefore = page["hasBefore"] === true;
  }
  const ids = new Set(messages.map(({ id }) => id));
  if (ids.size !== messages.length) throw new Error("A message is there twice");
  const said = messages.map(({ id, from, text }) => [id, (from as Json)["id"], text]);
  const hash = new Bun.CryptoHasher("sha256").update(JSON.stringify(said)).digest("hex");
  return {
    messages: messages.map(({ id, from }) => {
      return { id: String(id), from: String((from as Json)["name"]) };
    }),
    texts: messages.map(({ text }) => String(text)),
    hash,
  };
}
