import { lineSafe } from "../base/text.ts";
import { EXIT } from "../contract/exitcodes.ts";
import { type NoticeLevel, parseNoticeLevel } from "../contract/notices.ts";
import { readTable } from "./config.ts";
import { Failure } from "./failure.ts";
import { replaceFile } from "./files.ts";

/** What calls one, by `#room` or `@` and the other's id. */
export type Notices = ReadonlyMap<string, NoticeLevel>;

const HEAD = '# What calls you: "all", "mentions" or "none". /notify writes this file.\n';

/** Nothing where there is no such file. Throws a Failure that says what is wrong with it. */
export function readNotices(file: string): Notices {
  const all = new Map<string, NoticeLevel>();
  for (const [place, value] of Object.entries(readTable(file))) {
    const level = typeof value === "string" ? parseNoticeLevel(value) : undefined;
    if (level === undefined) {
      const fault = `${lineSafe(place)} must be "all", "mentions" or "none"`;
      throw new Failure(`Cannot use ${file}: ${fault}`, EXIT.usage);
    }
    all.set(place, level);
  }
  return all;
}

/** Throws a Failure. */
export function keepNotices(file: string, notices: Notices): void {
  const lines = [...notices].map(([place, level]) => `${JSON.stringify(place)} = "${level}"\n`);
  replaceFile(file, `${HEAD}${lines.join("")}`);
}
