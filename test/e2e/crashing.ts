/** A full screen that fails at the first key: compiled by the test that looks at what is left. */
import { loneFace, openLone } from "./lonescreen.ts";

const face = loneFace();
face.handleKey = (_, { name }) => {
  if (name === "r") void Promise.reject(new Error("rejected on purpose"));
  else if (name === "t") {
    setTimeout(() => {
      throw new Error("thrown later on purpose");
    }, 1);
  } else throw new Error("thrown on purpose");
};
await openLone(face);
