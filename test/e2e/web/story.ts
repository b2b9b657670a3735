import { ask } from "../../support/chat.ts";
import { BINARY, Program, type Json } from "../../support/program.ts";
import { startPage, type Paged } from "../pages.ts";
import { connected, Rig } from "../rig.ts";

/** Who comes to whom has a page. */
type Guest = "bob" | "carol" | "dan";

type Teller = Guest | "alice";

const ROOM = "#lobby";

/** Where three of the four talk of what the fourth is not to know. */
const PRIVATE_ROOM = "#surprise";

/**
 * Four friends who plan a way up a mountain, of whom alice looks at a page. What is said is said by
 * the programs that people run, and told to all others.
 */
export class Story implements AsyncDisposable {
  readonly rig: Rig;
  readonly alice: Paged;
  readonly #tellers = new Map<Teller, Program>();

  private constructor(rig: Rig, alice: Paged) {
    this.rig = rig;
    this.alice = alice;
  }

  /** Alice is alone, and nothing was said. */
  static async begin(): Promise<Story> {
    const rig = await Rig.start();
    return new Story(rig, await startPage(rig, "alice"));
  }

  /** The others come, and talk. */
  async meet(): Promise<void> {
    const { rig } = this;
    const attach = [BINARY, "attach", "--data-dir", rig.scratch.join("alice"), "--json"];
    this.#tellers.set("alice", rig.track(new Program(attach, { cwd: rig.scratch.path })));
    const guests: readonly Guest[] = ["bob", "carol", "dan"];
    for (const name of guests) this.#tellers.set(name, await rig.client(name));
    await Promise.all([
      connected(this.#of("alice"), "alice", this.#of("bob"), "bob"),
      connected(this.#of("alice"), "alice", this.#of("carol"), "carol"),
      connected(this.#of("alice"), "alice", this.#of("dan"), "dan"),
      connected(this.#of("bob"), "bob", this.#of("carol"), "carol"),
      connected(this.#of("bob"), "bob", this.#of("dan"), "dan"),
      connected(this.#of("carol"), "carol", this.#of("dan"), "dan"),
    ]);
    await this.#planTheWay();
    await this.#planInPrivate();
    await this.say("bob", "@alice", "Can you bring the second rope? Mine is older than I thought.");
    await this.say("alice", "@bob", "It is in the bag already.");
  }

  /** Dan is away, and what alice tells him waits. */
  async loseDan(): Promise<void> {
    const dan = this.#of("dan");
    dan.send({ type: "quit" });
    await dan.exited;
    await this.#of("alice").line({ type: "peer", state: "gone", who: { name: "dan" } });
    await this.say("alice", "@dan", "The key to the hut is under the third pot, left of the door.");
  }

  /** What alice finds when she looks at the room again. */
  async goOn(): Promise<void> {
    await this.say("carol", ROOM, "The forecast has changed: rain from three on, not from five.");
    await this.say("bob", ROOM, "Then we start an hour earlier. @alice is 6:10 too early for you?");
  }

  /** There is no program behind the page any more. */
  async stopAlice(): Promise<void> {
    this.alice.program.kill();
    await this.alice.program.exited;
  }

  /** Says it, and waits until alice has it; its id. */
  async say(who: Teller, to: string, text: string, further: Json = {}): Promise<string> {
    const alice = this.#of("alice");
    const since = alice.lines.length;
    const id = await this.#tell(who, { type: "send", to, text, ...further });
    if (who !== "alice") await alice.line({ type: "message", text }, { since });
    return id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rig[Symbol.asyncDispose]();
  }

  #of(who: Teller): Program {
    const teller = this.#tellers.get(who);
    if (teller === undefined) throw new Error(`${who} is not there yet`);
    return teller;
  }

  async #planTheWay(): Promise<void> {
    const topic = "Saturday: up to the hut";
    await this.#tell("carol", { type: "topic", room: ROOM, topic });
    await this.say(
      "carol",
      ROOM,
      "Morning, all. Saturday looks clear until five, 12 °C at the hut.",
    );
    await this.say("carol", ROOM, "https://hut.example.org says that they still have four beds.");
    await this.say("bob", ROOM, "I can take three in the car, from the station at 7:10.");
    const stove = await this.say(
      "alice",
      ROOM,
      "7:10 works. I bring the stove and two cans of gas.",
    );
    await this.say("dan", ROOM, "Mine is half full, so one is enough.", { replyTo: stove });
    const way = await this.say(
      "bob",
      ROOM,
      "The way up:\n1. station to the mill, 40 min\n2. mill to the saddle, 1 h 50\n" +
        "3. saddle to the hut, 35 min",
    );
    await this.#react("carol", way, "👍");
    await this.#react("dan", way, "👍");
    await this.#react("alice", way, "🥾");
    await this.say("carol", ROOM, "@alice do you still have the map? Mine got wet.");
    const map = await this.say("alice", ROOM, "Yes, and it is dry. I load the track as well.");
    const text = "Yes, and it is dry. I load `hut.gpx` as well.";
    await this.#tell("alice", { type: "edit", id: map, text });
    await this.#react("carol", map, "🎉");
    this.#of("carol").send({ req: null, type: "presence", state: "away" });
    await this.#of("alice").line({ type: "presence", who: { name: "carol" }, state: "away" });
  }

  async #planInPrivate(): Promise<void> {
    const made = await ask(this.#of("alice"), { type: "new", room: PRIVATE_ROOM });
    for (const name of ["bob", "carol"] as const) {
      await ask(this.#of(name), { type: "follow", link: made["link"] });
    }
    await this.say("bob", PRIVATE_ROOM, "Dan turns forty on Saturday. Who carries the cake?");
  }

  async #react(who: Teller, id: string, emoji: string): Promise<void> {
    await this.#tell(who, { type: "react", id, emoji });
  }

  /** Says it, and waits until it is on the teller's own disk; its id. */
  async #tell(who: Teller, command: Json): Promise<string> {
    const teller = this.#of(who);
    const req = `told ${teller.lines.length}`;
    teller.send({ req, ...command });
    return String((await teller.line({ type: "status", req, state: "queued" }))["id"]);
  }
}
