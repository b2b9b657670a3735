import { isatty } from "node:tty";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { Failure } from "../lib/io/failure.ts";
import { tellHuman } from "../lib/io/human.ts";
import { type InputLine, readLines, readTypedLines } from "../lib/io/stdio.ts";
import { styleOf } from "../lib/ui/style.ts";
import type { ChatOptions } from "./chatoptions.ts";
import type { Flags } from "./flags.ts";
import { canDraw } from "./fullscreen.ts";

export interface ChosenFace {
  readonly face: ChatOptions["face"];
  /** What is typed or comes in, as that face has it. */
  readonly input: AsyncGenerator<InputLine, void>;
}

/** The face that was asked for, or else fits where this is started. Throws a Failure. */
export async function chooseFace(flags: Flags): Promise<ChosenFace> {
  const asked = askedFace(flags);
  const face = asked === "full-screen" && !(await canFill()) ? "plain" : asked;
  return { face, input: face === "full-screen" ? readTypedLines() : readLines() };
}

/** Whether the face is a page in the browser. Throws a Failure where another is asked for, too. */
export function wantsPage(flags: Flags): boolean {
  if (!flags.has("web")) return false;
  const other = ["plain", "json", "to", "stay"].find((name) => flags.has(name));
  if (other === undefined) return true;
  throw new Failure(`--web and --${other} exclude each other: give one of them`, EXIT.usage);
}

function askedFace(flags: Flags): ChatOptions["face"] {
  const [isPlain, isJson] = [flags.has("plain"), flags.has("json")];
  if (isPlain && isJson) {
    throw new Failure("--plain and --json exclude each other: give one of them", EXIT.usage);
  }
  if (isJson) return "json";
  return !isPlain && isForScreen(flags) ? "full-screen" : "plain";
}

/** What fills a terminal writes there and nowhere else, and nothing else may write there. */
function isForScreen(flags: Flags): boolean {
  // Who has a screen reader says so once, for all that is started.
  if (flags.has("to") || styleOf(process.env, true).isAccessible) return false;
  const terminal = process.env["TERM"] ?? "";
  const isTerminal = isatty(0) && isatty(1) && terminal !== "" && terminal !== "dumb";
  return isTerminal && !(flags.has("verbose") && isatty(2));
}

/** What draws comes with the program, and is put where it can be loaded from: not everywhere. */
async function canFill(): Promise<boolean> {
  if (await canDraw()) return true;
  tellHuman(
    "p2pchat: The screen cannot be filled, lines take its place: what draws it could not be " +
      "loaded (can programs be kept in ~/.cache, or in the directory for temporary files, TMPDIR?)",
  );
  return false;
}
