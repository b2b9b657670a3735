/** What is told of one's own network and router. */
import * as v from "valibot";
import { said, who } from "./shapes.ts";

/** When it is known what NAT the client is behind, and when it changes. */
export const nat = v.object({
  ...said,
  type: v.literal("nat"),
  nat: v.nullable(v.string()),
  text: v.string(),
  /** A doctor's: of which addresses, and the whole report as it is told to peers, in hex. */
  family: v.optional(v.picklist(["IPv4", "IPv6"])),
  report: v.optional(v.string()),
});

const found = {
  name: v.string(),
  state: v.picklist(["ok", "warn", "fail", "skip"]),
  text: v.string(),
  fix: v.nullable(v.string()),
};

/** One check of a doctor's. */
export const check = v.object({ ...said, type: v.literal("check"), ...found });

/** The same as a part of an answer. */
export const finding = v.object(found);

const expected = v.picklist(["direct", "prediction", "birthday", "relay", "unknown"]);

/** How a doctor expects somebody to be met; `ageMs`: how old what they said of their router is. */
export const prediction = v.object({
  ...said,
  type: v.literal("prediction"),
  who,
  expected,
  text: v.string(),
  ageMs: v.nullable(v.number()),
});

const outcome = v.picklist(["lan", "direct", "relay", "none"]);

/** How often what was expected came. */
export const grade = v.object({
  ...said,
  type: v.literal("grade"),
  expected,
  hits: v.number(),
  of: v.number(),
});

/** A meeting of the past; `hit`: whether it came out as expected, null where that says nothing. */
export const meeting = v.object({
  ...said,
  type: v.literal("meeting"),
  who,
  expected,
  outcome,
  tookMs: v.number(),
  technique: v.string(),
  mine: v.string(),
  theirs: v.string(),
  hit: v.nullable(v.boolean()),
});
