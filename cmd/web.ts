import { systemClock } from "../lib/io/clock.ts";
import { systemRandom } from "../lib/io/random.ts";
import { Forwarding } from "../lib/io/web/forwarding.ts";
import { loadPageAssets } from "../lib/io/web/pageassets.ts";
import { keepWeb, newSecret, readWebKeep, webKeepFile } from "../lib/io/web/webkeep.ts";
import { openWebServer, type WebServer } from "../lib/io/web/webserver.ts";
import { WebSessions } from "../lib/io/web/websessions.ts";
import { PageSeat } from "./pageseat.ts";
import type { Seat, Sitter } from "./seat.ts";
import { webPage } from "./webpage.ts";

export interface WebOptions {
  /** Where the profile keeps what is its own. */
  readonly dataDirectory: string;
  readonly sit: (sitter: Sitter) => Seat;
  /** A line for the person, who may be able to do something about it. */
  readonly complain: (text: string) => void;
}

interface WebParts {
  readonly server: WebServer;
  readonly seats: ReadonlySet<PageSeat>;
  readonly forwarding: Forwarding;
  /** Throws a Failure where it cannot be written. */
  readonly keep: (isServed: boolean) => void;
}

/** The page of a node, served to the browsers on this machine: each of its tabs has a seat. */
export class Web {
  readonly #server: WebServer;
  readonly #seats: ReadonlySet<PageSeat>;
  readonly #forwarding: Forwarding;
  readonly #keep: (isServed: boolean) => void;

  private constructor({ server, seats, forwarding, keep }: WebParts) {
    this.#server = server;
    this.#seats = seats;
    this.#forwarding = forwarding;
    this.#keep = keep;
  }

  /** Serves it from now on. Throws a Failure. */
  static async open({ dataDirectory, sit, complain }: WebOptions): Promise<Web> {
    const assets = await loadPageAssets(webPage);
    const file = webKeepFile(dataDirectory);
    const kept = readWebKeep(file, systemRandom);
    const forwarding = new Forwarding(dataDirectory);
    forwarding.remove();
    const onUsed = (): void => forwarding.remove();
    const now = (): number => systemClock.now();
    const seats = new Set<PageSeat>();
    const sessions = new WebSessions(now(), { random: systemRandom, secret: kept.secret, onUsed });
    const server = openWebServer({
      assets,
      port: kept.port,
      now,
      sessions,
      onPage: (page) => {
        const seat = new PageSeat({ page, sit, onGone: () => seats.delete(seat) });
        seats.add(seat);
        return seat.visitor;
      },
      onTrouble: (error) => complain(`The page could not be served: ${String(error)}`),
    });
    const { port } = server;
    // Whoever has the port of before may have been shown what lets pages in that are loaded there.
    const secret = port === kept.port ? kept.secret : newSecret(systemRandom);
    sessions.renew(secret);
    const keep = (isServed: boolean): void => keepWeb(file, { secret, port, isServed });
    keep(true);
    return new Web({ server, seats, forwarding, keep });
  }

  /** Where the page is, for one browser, which is to open it within ten minutes. */
  url(): string {
    return this.#server.url();
  }

  close(): void {
    for (const seat of this.#seats) seat.close("");
    this.#server.stop();
    this.#forwarding.remove();
    try {
      this.#keep(false);
    } catch {
      // It is served once more than anybody asks for it, to those who were let in alone.
    }
  }
}
