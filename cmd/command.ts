/** Of whom or what a value is one: a shell that completes it asks the program for those. */
export type Source = "people" | "rooms" | "targets" | "profiles" | "servers" | "files" | "folders";

export interface Flag {
  /** Without its dashes. */
  readonly name: string;
  /** What its value is called; a flag without a value is given or not. */
  readonly value?: string;
  readonly about: string;
  readonly choices?: Source | readonly string[];
  /** Each time it is given counts. */
  readonly isMany?: true;
  /** It is taken, and told of nowhere. */
  readonly isUnlisted?: true;
}

/** A word without dashes that a command may be given. */
export interface Operand {
  readonly value: string;
  readonly about: string;
  readonly choices: readonly string[];
  readonly isRequired: boolean;
}

/** More to say of a command than its flags do: lines as they are shown. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  /** The lines are no sentences: each stays one. */
  readonly isVerbatim?: true;
}

export interface Command {
  readonly about: string;
  readonly operand?: Operand;
  readonly flags: readonly Flag[];
  readonly sections?: readonly Section[];
  readonly exits?: readonly (readonly [code: number, about: string])[];
  /** It is there for programs, and told of nowhere. */
  readonly isUnlisted?: true;
}
