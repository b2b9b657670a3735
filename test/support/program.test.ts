import { expect, test } from "bun:test";
import { Program } from "./program.ts";

/** Answers every line of stdin with a JSON object that holds it. */
const ECHO = `
  console.log(JSON.stringify({ type: "ready", me: { name: "echo", id: "1" } }));
  console.log("not JSON");
  for await (const text of console) console.log(JSON.stringify({ type: "echo", text }));
  console.error("input closed");
  process.exitCode = 3;
`;

function echo(): Program {
  return new Program([process.execPath, "-e", ECHO]);
}

test("a line is found whether it came before it was asked for or after", async () => {
  await using program = echo();

  await program.line({ type: "ready", me: { name: "echo" } });
  program.send({ req: "r1" });
  const answer = await program.line({ type: "echo" });
  const earlier = await program.line({ type: "ready" });

  expect(answer).toEqual({ type: "echo", text: '{"req":"r1"}' });
  expect(earlier).toEqual({ type: "ready", me: { name: "echo", id: "1" } });
  expect(program.strays).toEqual(["not JSON"]);
});

test("lines before the mark are passed over", async () => {
  await using program = echo();
  program.write("one\n");
  await program.line({ text: "one" });

  const since = program.lines.length;
  program.write("two\n");
  const line = await program.line({ type: "echo" }, { since });

  expect(line).toEqual({ type: "echo", text: "two" });
});

test("waiting for what never comes fails in time and shows what came", async () => {
  await using program = echo();
  await program.line({ type: "ready" });

  const waiting = program.line({ type: "never" }, { timeoutMs: 20 });

  await expect(waiting).rejects.toThrow(
    /no line matches \{"type":"never"\}: waited 20 ms[\s\S]*"echo"/,
  );
});

test("waiting for a program that ends fails at once, and the exit code is known", async () => {
  await using program = echo();
  await program.line({ type: "ready" });

  const waiting = program.line({ type: "never" });
  program.closeInput();

  await expect(waiting).rejects.toThrow(/ended with 3[\s\S]*input closed/);
  expect(await program.exited).toBe(3);
});

test("disposal ends the program", async () => {
  let program: Program;
  {
    await using scoped = echo();
    program = scoped;
    await scoped.line({ type: "ready" });
  }

  expect(() => process.kill(program.pid, 0)).toThrow("ESRCH");
});
