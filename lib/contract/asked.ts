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

/** What is asked of who runs the node: of the faces that look at it, and of its end. */
export type AskedShell =
  /** What is being written to `to` and not said yet; empty where nothing is any more. */
  | {
      readonly type: "draft";
      readonly req: Req;
      readonly to: string;
      readonly text: string;
      /** The id of the message that it answers. */
      readonly replyTo: string | null;
      /** How long ago it was written, ms, where it is told only now, or again. */
      readonly ageMs?: number | undefined;
    }
  /** Which process runs it, and who looks at it. */
  | { readonly type: "node"; readonly req: Req }
  /** Where a browser finds it. */
  | { readonly type: "web"; readonly req: Req }
  /** What works in its network, and what to do: it is looked at for some seconds. */
  | { readonly type: "doctor"; readonly req: Req }
  /** Ends the node, and every face with it. */
  | { readonly type: "stop"; readonly req: Req };

/** What faces ask. A node never sees a secret: the shell makes a key of it before. */
export type Asked =
  | Exclude<PeerCommand, { type: "join" | "new" }>
  | AskedJoin
  | AskedFollow
  | AskedShell
  | Omit<CommandOf<"new">, "key">;
