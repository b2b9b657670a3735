import type { CommandOf, PeerCommand } from "../node/commands.ts";

/** A room to be entered by its name alone, by a secret, or by the one in a file. */
export type AskedJoin = Omit<CommandOf<"join">, "key"> & {
  readonly secret?: string | undefined;
  readonly secretFile?: string | undefined;
};

/** What faces ask. A node never sees a secret: the shell makes a key of it before. */
export type Asked =
  Exclude<PeerCommand, { type: "join" | "new" }> | AskedJoin | Omit<CommandOf<"new">, "key">;
