import { expect, test } from "bun:test";
import { parseSecretAnswer } from "../../lib/contract/secretanswer.ts";

const CONTEXT = { req: "7", room: "#lobby" };

test.each([
  ["correct horse battery", { kind: "secret", secret: "correct horse battery" }],
  ["/quit the day", { kind: "secret", secret: "/quit the day" }],
  ["//join --private #dev", { kind: "secret", secret: "//join --private #dev" }],
  ["e\u0301".repeat(8), { kind: "secret", secret: "\u00e9".repeat(8) }],
  ["", { kind: "none" }],
  ["short", { kind: "refused" }],
  ["/quit", { kind: "refused" }],
  ["with\ttabs and\tall", { kind: "refused" }],
  ["x".repeat(257), { kind: "refused" }],
  ["/join --private #dev", { kind: "command", intent: { kind: "secret", room: "#dev" } }],
  ["/j --private other", { kind: "command", intent: { kind: "secret", room: "#other" } }],
] as const)("%j, where a secret is awaited", (line, answer) => {
  const parsed: unknown = parseSecretAnswer(line, CONTEXT);

  expect(parsed).toEqual(answer);
});

test("the command for a secret is none, however it is put", () => {
  const file = parseSecretAnswer("/join --private #dev @/run/secret", CONTEXT);
  expect(file).toMatchObject({ intent: { command: { secretFile: "/run/secret" } } });
  for (const line of ["/join --private", "/join --private #dev hunter2hunter2"]) {
    expect(parseSecretAnswer(line, CONTEXT)).toMatchObject({ intent: { kind: "wrong" } });
  }
});
