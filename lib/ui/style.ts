type Environment = Readonly<Record<string, string | undefined>>;

/** How somebody wants to be written to, by their environment. */
export interface Style {
  readonly hasColours: boolean;
  /** Whether the locale has more than ASCII. */
  readonly isUnicode: boolean;
  /** A line says all of one thing, in words: for screen readers. */
  readonly isAccessible: boolean;
}

/**
 * The one place that decides it. Colours are for a terminal that is not dumb. NO_COLOR takes them
 * away, FORCE_COLOR brings them everywhere and goes before all else; either counts if it is not
 * empty, but FORCE_COLOR=0 is a no.
 */
export function styleOf(env: Environment, isTerminal: boolean): Style {
  const forced = env["FORCE_COLOR"] ?? "";
  const isBare = env["TERM"] === "dumb" || (env["NO_COLOR"] ?? "") !== "";
  return {
    hasColours: forced === "" ? isTerminal && !isBare : forced !== "0" && forced !== "false",
    isUnicode: /utf-?8/i.test(env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || ""),
    isAccessible: isSet(env["P2PCHAT_ACCESSIBLE"]),
  };
}

/** What somebody switches on by a variable: anything but nothing and 0. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}
