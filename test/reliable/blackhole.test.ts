import { describe, expect, test } from "bun:test";
import { Link } from "./link.ts";

/** A path that carries large datagrams, until it does not: no word of it, only silence. */
describe("a path that begins to swallow what is larger than", () => {
  test.each([
    [1200, 8952],
    [1100, 1200],
  ])("%d bytes goes on with smaller packets", (carriesBytes, datagramBytesMax) => {
    const link = new Link({ seed: 1, delayMs: 20, datagramBytesMax });
    let limit = Infinity;
    link.drops = (from, number) => (from.sentBytes[number] ?? 0) > limit;
    const fill = (): void => {
      for (let i = 0; i < 5; i++) link.ann.machine.send(2, new Uint8Array(60_000));
    };
    fill();
    link.run(1000);
    const heardBefore = link.bob.heard.length;

    limit = carriesBytes;
    fill();
    link.run(25_000);

    expect(heardBefore).toBe(5);
    expect(link.bob.heard.length).toBe(10);
    expect(link.bob.violations + link.ann.violations).toBe(0);
  });
});
