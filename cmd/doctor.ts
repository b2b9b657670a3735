import { join } from "node:path";
import { isatty } from "node:tty";
import type { Address } from "../lib/base/address.ts";
import { jsonSafe } from "../lib/base/text.ts";
import type { Check } from "../lib/contract/checks.ts";
import {
  checkLine,
  gradeLine,
  meetingLine,
  natLine,
  type Prediction,
  predictionLine,
  type VisitEvent,
} from "../lib/contract/doctor.ts";
import { EXIT } from "../lib/contract/exitcodes.ts";
import { outgoingOf } from "../lib/contract/outgoing.ts";
import { systemClock } from "../lib/io/clock.ts";
import { findServer, parseServer, type NamedServer } from "../lib/io/config.ts";
import { type Acquaintance, type Peerbook, readPeerbook } from "../lib/io/doctor/peerbook.ts";
import { visit } from "../lib/io/doctor/visit.ts";
import { Failure, wordsOf } from "../lib/io/failure.ts";
import { tellHuman } from "../lib/io/human.ts";
import { profilePaths } from "../lib/io/profile.ts";
import { systemRandom } from "../lib/io/random.ts";
import { Lines } from "../lib/io/stdio.ts";
import type { Who } from "../lib/node/events.ts";
import { Namesakes } from "../lib/node/namesakes.ts";
import { PEOPLE_MAX } from "../lib/node/roster.ts";
import { parseTarget } from "../lib/node/target.ts";
import { gradesOf } from "../lib/paths/grades.ts";
import { checkLines, historyLines, predictionLines, summaryLine } from "../lib/ui/doctorlines.ts";
import { styleOf } from "../lib/ui/style.ts";
import { type Flags, readFlags, shorten } from "./flags.ts";
import { dataDirectoryOf } from "./profileflags.ts";

export async function run(rawArgs: readonly string[]): Promise<number> {
  const flags = readFlags("doctor", rawArgs);
  return new Doctor(flags).run();
}

/** Of those met last; programs are told of all. */
const PEOPLE_SHOWN = 12;

/** One visit, told as it goes. */
class Doctor {
  readonly #flags: Flags;
  readonly #out = new Lines(1);
  readonly #isJson: boolean;
  readonly #style = styleOf(process.env, isatty(1));
  readonly #states: Check["state"][] = [];
  readonly #predictions: Prediction[] = [];
  readonly #names = new Namesakes(PEOPLE_MAX);

  constructor(flags: Flags) {
    this.#flags = flags;
    this.#isJson = flags.has("json");
  }

  async run(): Promise<number> {
    const file = join(dataDirectoryOf(this.#flags), "p2pchat.db");
    const peer = this.#flags.text("peer");
    const isWanted = this.#flags.has("history") || peer !== undefined;
    const book = isWanted ? readPeerbook(file) : bookIn(file);
    for (const { who } of [...(book?.meetings ?? []), ...(book?.people ?? [])]) {
      this.#names.note(who);
    }
    if (this.#flags.has("history")) return this.#tellHistory(book);
    const people = peer === undefined ? (book?.people ?? []) : peopleMeant(book, peer);
    await visit({
      named: this.#named(),
      isMapped: !this.#flags.has("no-portmap"),
      people,
      random: systemRandom,
      now: () => systemClock.now(),
      tell: (event) => this.#handle(event),
    });
    this.#tellPeople();
    return this.#end();
  }

  get #peopleStyle() {
    return { ...this.#style, nameOf: (who: Who) => this.#names.label(who) };
  }

  #handle(event: VisitEvent): void {
    switch (event.kind) {
      case "servers":
        this.#greet(event.servers);
        break;
      case "check":
        this.#tell(event.check);
        break;
      case "nat":
        if (!this.#isJson) break;
        this.#write(jsonSafe(natLine(event.family, event.report, systemClock.now())));
        break;
      case "prediction":
        this.#predictions.push(event.prediction);
        break;
      default:
        event satisfies never;
    }
  }

  /** Where a client would look, unless it is said. Throws a Failure for what is malformed. */
  #named(): readonly NamedServer[] {
    const options = this.#flags.texts("server");
    if (options.length > 0) return options.map((option) => parseServer(option, "--server"));
    const { configFile } = profilePaths({
      profile: this.#flags.text("profile") ?? "doctor",
      dataDirectory: this.#flags.text("data-dir"),
      env: process.env,
    });
    const sources = { option: undefined, env: process.env, workingDirectory: process.cwd() };
    const found = findServer({ ...sources, configFile });
    return found === null ? [] : [found];
  }

  #tellPeople(): void {
    const all = this.#predictions;
    const shown = this.#isJson ? all : all.slice(0, PEOPLE_SHOWN);
    const isTable = !this.#isJson && !this.#style.isAccessible;
    if (shown.length > 0 && isTable)
      this.#write("\npeople            how they will probably be reached");
    for (const prediction of shown) {
      if (this.#isJson) this.#write(jsonSafe(predictionLine(prediction, systemClock.now())));
      else for (const line of predictionLines(prediction, this.#peopleStyle)) this.#write(line);
    }
    const more = all.length - shown.length;
    if (more > 0) this.#write(`and ${more} more: p2pchat doctor --json tells of all`);
  }

  #tellHistory(book: Peerbook | undefined): number {
    const meetings = book?.meetings ?? [];
    const now = systemClock.now();
    if (!this.#isJson) {
      for (const line of historyLines(meetings, this.#peopleStyle)) this.#write(line);
      return EXIT.done;
    }
    for (const grade of gradesOf(meetings)) this.#write(jsonSafe(gradeLine(grade, now)));
    for (const meeting of meetings) this.#write(jsonSafe(meetingLine(meeting)));
    this.#write(jsonSafe(outgoingOf({ type: "bye" }, now)));
    return EXIT.done;
  }

  #greet(servers: readonly Address[]): void {
    if (this.#isJson) return;
    const eyes = servers.length === 0 ? "without a server" : `as ${servers.join(", ")} sees it`;
    this.#write(`This network, ${eyes}${this.#gap}`);
  }

  #tell(check: Check): void {
    this.#states.push(check.state);
    if (this.#isJson) return this.#write(jsonSafe(checkLine(check, systemClock.now())));
    for (const line of checkLines(check, this.#style)) this.#write(line);
  }

  #end(): number {
    if (this.#isJson) this.#write(jsonSafe(outgoingOf({ type: "bye" }, systemClock.now())));
    else this.#write(`${this.#gap}${summaryLine(this.#states)}`);
    return this.#states.includes("fail") ? EXIT.findings : EXIT.done;
  }

  /** An empty line, for who sees the page as one. */
  get #gap(): string {
    return this.#style.isAccessible ? "" : "\n";
  }

  /** At once: a person watches. */
  #write(text: string): void {
    this.#out.write(text);
    this.#out.flush();
  }
}

/** None, and why, where the file cannot be read: the network can be looked at without them. */
function bookIn(file: string): Peerbook | undefined {
  try {
    return readPeerbook(file);
  } catch (error) {
    tellHuman(`p2pchat: ${wordsOf(error)}`);
    return undefined;
  }
}

/** Those of this name. Throws a Failure where nobody has it. */
function peopleMeant(book: Peerbook | undefined, typed: string): readonly Acquaintance[] {
  const people = book?.people ?? [];
  const target = parseTarget(typed.startsWith("@") ? typed : `@${typed}`);
  const meant = people.filter(({ who }) => {
    return (
      target?.kind === "person" && who.name === target.name && who.id.startsWith(target.prefix)
    );
  });
  if (meant.length > 0) return meant;
  throw new Failure(`This profile has met nobody called ${shorten(typed)}`, EXIT.noPeer);
}
