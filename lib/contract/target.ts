import { formatKeptRoom, formatTarget, parseKeptRoom, parseTarget } from "../node/target.ts";

/** Where a message goes, in normal form; undefined for what is neither a room nor a person. */
export function normalTarget(text: string): string | undefined {
  const target = parseTarget(text);
  return target === undefined ? undefined : formatTarget(target);
}

/** The same of a person alone. */
export function normalPerson(text: string): string | undefined {
  return text.startsWith("@") ? normalTarget(text) : undefined;
}

/** A room that something is kept of, in normal form. */
export function normalKeptRoom(text: string): string | undefined {
  const room = parseKeptRoom(text);
  return room === undefined ? undefined : formatKeptRoom(room);
}

/** As `normalTarget`, where a bare name is a person's: what people type. */
export function typedTarget(text: string): string | undefined {
  return normalTarget(/^[#@]/.test(text) ? text : `@${text}`);
}
