import type { Asked } from "../lib/contract/asked.ts";
import type { NodeWatcher } from "./nodehost.ts";

/** What sits at a node, wherever that runs: a face, or the other end of a socket with one. */
export interface Sitter extends Pick<NodeWatcher, "onEvent" | "onTurnEnd" | "complain"> {
  /** What was asked has been worked off, and further input may come. */
  readonly onFree: () => void;
  /** Of who says itself when what it was told is out; else that counts as shown once it is told. */
  readonly onShown?: NodeWatcher["onShown"];
  readonly onTended?: NodeWatcher["onTended"];
  /** The node has gone, and is waited for; or it is back. Nothing is known of it meanwhile. */
  readonly onAway?: (isAway: boolean) => void;
}

/** A place at a node, for one face. */
export interface Seat {
  /** Further input had better wait where it is. */
  readonly isBusy: boolean;
  /** How many other faces end with this one. */
  readonly endsToo: number;
  /** `quit` ends what the face is there for, which `bye` answers. */
  command(asked: Asked): void;
  /** Who reads what is told is behind, or is so no more: history that was missed waits for them. */
  setBehind(isBehind: boolean): void;
  /** Nobody sits here any more. */
  leave(): void;
}

/** What a person or a program has before them. */
export const FACE_KINDS = ["plain", "json", "full-screen", "web"] as const;

export type FaceKind = (typeof FACE_KINDS)[number];
