import index from "../lib/ui/web/index.html";

/** The page, as the compiler has it: what that is differs with what runs this. */
export const webPage: unknown = index;
