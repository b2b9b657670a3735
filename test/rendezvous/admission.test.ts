import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { toHex } from "../../lib/base/bytes.ts";
import { Admission, ADMISSION_SECRET_MS } from "../../lib/rendezvous/admission.ts";
import { COOKIE_BYTES } from "../../lib/wire/packet.ts";
import { flipped, seeded } from "../crypto/seeded.ts";
import { addr, START } from "./people.ts";

const ANN = addr("192.0.2.1:4000");
/** The first moment of a secret, so that times below are told from it. */
const T0 = Math.ceil(START / ADMISSION_SECRET_MS) * ADMISSION_SECRET_MS;

function admission(seed = 1): Admission {
  return new Admission({ now: T0, random: seeded(seed) });
}

describe("a cookie", () => {
  test("is accepted from the address that it was given to", () => {
    const server = admission();

    const cookie = server.cookie(T0, ANN);

    expect(cookie).toHaveLength(COOKIE_BYTES);
    expect(server.accepts(T0, ANN, cookie)).toBe(true);
    expect(server.accepts(T0 + 1, ANN, cookie)).toBe(true);
  });

  test.each([
    ["another port", "192.0.2.1:4001"],
    ["another host", "192.0.2.2:4000"],
    ["another family", "[::c000:201]:4000"],
    ["bytes that only look alike", "[c000:201:fa0::]:4000"],
  ])("is refused from %s", (_, from) => {
    const server = admission();

    const cookie = server.cookie(T0, ANN);

    expect(server.accepts(T0, addr(from), cookie)).toBe(false);
  });

  test("is refused on another link of the same address", () => {
    const server = admission();

    const cookie = server.cookie(T0, addr("[fe80::1%eth0]:9"));

    expect(server.accepts(T0, addr("[fe80::1%eth0]:9"), cookie)).toBe(true);
    expect(server.accepts(T0, addr("[fe80::1%eth1]:9"), cookie)).toBe(false);
    expect(server.accepts(T0, addr("[fe80::1]:9"), cookie)).toBe(false);
  });

  test("holds until the secret after its own is replaced", () => {
    const server = admission();

    const early = server.cookie(T0, ANN);
    const late = server.cookie(T0 + ADMISSION_SECRET_MS - 1, ANN);
    server.cookie(T0 + ADMISSION_SECRET_MS, ANN);

    expect(toHex(early)).toBe(toHex(late));
    expect(server.accepts(T0 + 2 * ADMISSION_SECRET_MS - 1, ANN, late)).toBe(true);
    expect(server.accepts(T0 + 2 * ADMISSION_SECRET_MS, ANN, late)).toBe(false);
  });

  test("is refused after a pause in which its secret would have been replaced", () => {
    const server = admission();

    const cookie = server.cookie(T0, ANN);

    expect(server.accepts(T0 + 2 * ADMISSION_SECRET_MS, ANN, cookie)).toBe(false);
  });

  test("of the next secret is another", () => {
    const server = admission();

    const first = server.cookie(T0, ANN);
    const second = server.cookie(T0 + ADMISSION_SECRET_MS, ANN);

    expect(toHex(second.subarray(4))).not.toBe(toHex(first.subarray(4)));
    expect(server.accepts(T0 + ADMISSION_SECRET_MS, ANN, first)).toBe(true);
    expect(server.accepts(T0 + ADMISSION_SECRET_MS, ANN, second)).toBe(true);
  });

  test("of another server is refused", () => {
    const cookie = admission(2).cookie(T0, ANN);

    expect(admission(1).accepts(T0, ANN, cookie)).toBe(false);
  });

  test("with any bit turned is refused", () => {
    const server = admission();
    const cookie = server.cookie(T0 + ADMISSION_SECRET_MS, ANN);

    for (let bit = 0; bit < 8 * COOKIE_BYTES; bit++) {
      expect(server.accepts(T0 + ADMISSION_SECRET_MS, ANN, flipped(cookie, bit))).toBe(false);
    }
  });

  test("that is any other bytes is refused", () => {
    const server = admission();
    const cookie = server.cookie(T0, ANN);

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2 * COOKIE_BYTES }), (bytes) => {
        expect(server.accepts(T0, ANN, bytes)).toBe(false);
      }),
    );
    expect(server.accepts(T0, ANN, cookie.subarray(0, COOKIE_BYTES - 1))).toBe(false);
  });
});

test("a secret is drawn once for its time, whoever comes", () => {
  let drawn = 0;
  const source = seeded(1);
  const random = (length: number) => {
    drawn += 1;
    return source(length);
  };
  const server = new Admission({ now: T0, random });

  for (let port = 1; port < 500; port++) server.cookie(T0 + port, addr(`192.0.2.7:${port}`));
  server.cookie(T0 + ADMISSION_SECRET_MS, ANN);

  expect(drawn).toBe(2);
});
