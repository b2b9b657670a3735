import type { CommandOf, PeerCommand } from "../node/commands.ts";
import type { Req } from "../node/events.ts";

/** A room to be entered by its name alone, by a secret, or by the one in a file. */
export type AskedJoin = Omit<CommandOf<"join">, "key" | "server"> & {
  readonly secret?: string | undefined;
  readonly secretFile?: string | undefined;
};

/** An invitation is to be followed: `p2pchat://…`. */
export interface AskedFollow {
  readonly type: "follow";
  readonly req: Req;
  readonly link: string;
}

/** What faces ask. A node never sees a secret: the shell makes a key of it before. */
export type Asked =
  | Exclude<PeerCommand, { type: "join" | "new" }>
  | AskedJoin
  | AskedFollow
  | Omit<CommandOf<"new">, "key">;
