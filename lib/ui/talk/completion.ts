/** What a word can be completed to. */
export interface Vocabulary {
  /** Without their `/`. */
  readonly commands: readonly string[];
  /** As they are addressed, without `@`. */
  readonly names: readonly string[];
  /** With their `#`. */
  readonly rooms: readonly string[];
  /** Words that may follow a command. */
  readonly choicesAfter: (command: string) => readonly string[];
  /** How the name of a file may go on, directories with a `/` at their end. */
  readonly pathsLike: (typed: string) => readonly string[];
}

/** What stands for a stretch of the text, each in turn. */
export interface Completion {
  readonly from: number;
  readonly candidates: readonly string[];
}

/** Commands that take a file, up to the name of it. */
const BEFORE_FILE = /^\/(?:join|j) +--private +\S+ +$/u;

/** Commands that make one, up to the name of it. */
const BEFORE_NEW_FILE = /^\/export +(?:[#@]\S+ +)?$/u;

/** Of more, those that come first. */
const CANDIDATES_MAX = 50;

/** The ways to complete the word before the cursor; undefined where there is none. */
export function completionsOf(
  text: string,
  cursor: number,
  { commands, names, rooms, choicesAfter, pathsLike }: Vocabulary,
): Completion | undefined {
  const [word = ""] = /\S*$/u.exec(text.slice(0, cursor)) ?? [];
  const from = cursor - word.length;
  const [, after] = /^\/([^/\s]+) +$/.exec(text.slice(0, from)) ?? [];
  const choices = after === undefined ? [] : matching(word, choicesAfter(after));
  if (choices.length > 0) return { from, candidates: choices };
  if (word === "") return undefined;
  if (from === 0 && /^\/[^/]*$/.test(word)) {
    return some(
      from,
      matching(
        word,
        commands.map((name) => `/${name}`),
      ),
    );
  }
  if (BEFORE_NEW_FILE.test(text.slice(0, from))) {
    const paths = pathsLike(word).slice(0, CANDIDATES_MAX);
    const files = some(from, paths);
    if (files !== undefined || !/^[#@]/.test(word)) return files;
  }
  if (word.startsWith("@") && BEFORE_FILE.test(text.slice(0, from))) {
    const paths = pathsLike(word.slice(1)).slice(0, CANDIDATES_MAX);
    return some(
      from,
      paths.map((path) => `@${path}${path.endsWith("/") ? "" : " "}`),
    );
  }
  const isArgument = /^\/[^/ \n][^\n]*$/.test(text.slice(0, from).trimEnd());
  const people = names.map((name) => `@${name}`);
  if (word.startsWith("#")) return some(from, matching(word, rooms));
  if (word.startsWith("@")) return some(from, matching(word, people));
  if (!isArgument) return some(from, matching(`@${word}`, people));
  return some(from, matching(word, names));
}

function some(from: number, candidates: readonly string[]): Completion | undefined {
  return candidates.length === 0 ? undefined : { from, candidates };
}

function matching(word: string, all: readonly string[]): readonly string[] {
  const small = word.toLowerCase();
  const found = all.filter((one) => one.toLowerCase().startsWith(small));
  return found.slice(0, CANDIDATES_MAX).map((one) => `${one} `);
}
