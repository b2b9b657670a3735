import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { lineSafe } from "../lib/base/text.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { readNamebook } from "../lib/io/namebook.ts";
import { profilePaths, SERVER_PROFILE } from "../lib/io/profile.ts";
import { Lines } from "../lib/io/stdio.ts";
import { type Candidates, candidatesFor, type Known } from "./candidates.ts";
import { dataDirectoryOf } from "./profileflags.ts";
import { quotedFor, wordsTyped } from "./shellwords.ts";

const PROFILES_MAX = 256;

/**
 * Answers a shell that completes: `bash REPLACED LINE`, or with what follows `p2pchat`
 * `zsh WORD… TYPED` and `fish WORD… TYPED`. It answers with a candidate a line, for zsh and fish
 * with a tab and what that is; with `:files` or `:folders` where the shell is to look itself.
 * Whoever presses tab wants no message: it is silent on any trouble.
 */
export async function run([shell = "", ...asked]: readonly string[]): Promise<number> {
  const out = new Lines(1);
  try {
    for (const line of answer(shell, asked)) out.write(line);
    out.flush();
  } catch {
    // There is nothing to complete, then.
  }
  return EXIT.done;
}

function answer(shell: string, asked: readonly string[]): readonly string[] {
  if (shell === "bash") return answerBash(asked[0] ?? "", asked[1] ?? "");
  if (shell !== "zsh" && shell !== "fish") return [];
  const typed = wordsTyped(asked.at(-1) ?? "").map(({ text }) => text);
  return linesOf(candidatesFor([...asked.slice(0, -1), ...typed], knownBy), ({ word, about }) => {
    return `${lineSafe(word)}\t${about}`;
  });
}

/** `replaced`: what of the last word bash puts another in place of. */
function answerBash(replaced: string, line: string): readonly string[] {
  const [, ...words] = wordsTyped(line);
  const last = words.at(-1);
  if (last === undefined) return [];
  const candidates = candidatesFor(
    words.map(({ text }) => text),
    knownBy,
  );
  const from = last.text.length - (wordsTyped(replaced).at(-1)?.text.length ?? 0);
  return linesOf(candidates, ({ word }) => quotedFor(last.quote, lineSafe(word).slice(from)));
}

function linesOf(
  candidates: Candidates,
  lineOf: (candidate: { readonly word: string; readonly about: string }) => string,
): readonly string[] {
  return typeof candidates === "string" ? [`:${candidates}`] : candidates.map(lineOf);
}

/** Nobody, where the profile that the flags name cannot be read. */
function knownBy(flags: ReadonlyMap<string, string>): Known {
  const profiles = profilesIn(dirname(ownDirectory("none")));
  try {
    // What a shell has not made of it yet.
    const text = (name: string) => flags.get(name)?.replace(/^~(?=\/)/, process.env["HOME"] ?? "~");
    return { ...readNamebook(dataDirectoryOf({ text })), profiles };
  } catch {
    return { people: [], rooms: [], servers: [], profiles };
  }
}

function ownDirectory(profile: string): string {
  return profilePaths({ profile, dataDirectory: undefined, env: process.env }).dataDirectory;
}

/** Of people: they have chatted from there. */
function profilesIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .slice(0, PROFILES_MAX)
    .filter((name) => name !== SERVER_PROFILE && existsSync(`${directory}/${name}/identity.key`));
}
