import { systemClock } from "../../../lib/io/clock.ts";
import { systemRandom } from "../../../lib/io/random.ts";
import type { PageSocket, Visitor } from "../../../lib/io/web/pagesockets.ts";
import {
  type Asset,
  openWebServer,
  type WebServer,
  type WebServerOptions,
} from "../../../lib/io/web/webserver.ts";
import { WebSessions } from "../../../lib/io/web/websessions.ts";
import { type RawAnswer, rawRequest } from "../../support/rawhttp.ts";
import { enterPage, type WebVisit } from "../../support/webvisit.ts";

/** A page's server that is stopped when disposed of, and whose time can be moved. */
export class Opened implements Disposable {
  readonly server: WebServer;
  readonly sessions: WebSessions;
  readonly pages: FakeVisitor[] = [];
  readonly troubles: unknown[] = [];
  aheadMs = 0;

  constructor(options: Partial<WebServerOptions> = {}) {
    const now = (): number => systemClock.now() + this.aheadMs;
    this.sessions = new WebSessions(now(), {
      random: systemRandom,
      secret: systemRandom(32),
    });
    this.server = openWebServer({
      assets: ASSETS,
      sessions: this.sessions,
      port: undefined,
      now,
      onPage: (page) => {
        const visitor = new FakeVisitor(page);
        this.pages.push(visitor);
        return visitor;
      },
      onTrouble: (error) => this.troubles.push(error),
      ...options,
    });
  }

  get port(): number {
    return this.server.port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  token(): string {
    return new URL(this.server.url()).hash.slice(1);
  }

  /** Lets a browser in. */
  async enter(): Promise<WebVisit> {
    const visit = await enterPage(this.server.url());
    if (visit === undefined) throw new Error("It was not let in");
    return visit;
  }

  async cookie(): Promise<string> {
    return (await this.enter()).cookie;
  }

  async post(token: string): Promise<RawAnswer> {
    const body = JSON.stringify({ token });
    return await rawRequest(this.port, {
      method: "POST",
      path: "/session",
      headers: [
        ["Host", this.host],
        ["Origin", `http://${this.host}`],
        ["Content-Type", "application/json"],
        ["Content-Length", String(body.length)],
        ["Connection", "close"],
      ],
      body,
    });
  }

  [Symbol.dispose](): void {
    this.server.stop();
  }
}

export class FakeVisitor implements Visitor {
  readonly page: PageSocket;
  readonly lines: string[] = [];
  readonly paces: boolean[] = [];
  isGone = false;

  constructor(page: PageSocket) {
    this.page = page;
  }

  onLine(line: string): void {
    this.lines.push(line);
  }

  onBehind(isBehind: boolean): void {
    this.paces.push(isBehind);
  }

  onGone(): void {
    this.isGone = true;
  }
}

function asset(text: string, contentType: string, isLasting: boolean): Asset {
  return { bytes: new TextEncoder().encode(text), contentType, isLasting };
}

export const PAGE = "<!doctype html><title>p2pchat</title>";

const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["/", asset(PAGE, "text/html;charset=utf-8", false)],
  ["/main-abc.js", asset("export {};", "text/javascript;charset=utf-8", true)],
]);
