import { Failure } from "../../../lib/io/failure.ts";

/** The Failure that this ends with; anything else is passed on. */
export async function failureOf(work: () => unknown): Promise<Failure> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}
