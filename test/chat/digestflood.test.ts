import { expect, test } from "bun:test";
import { peerIdOf } from "../../lib/base/ids.ts";
import { DIGESTS_BURST } from "../../lib/chat/comparison.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { signaturesOf } from "./signatures.ts";
import { World } from "./world.ts";

test("who says without end to have something else is asked for it a few times only", () => {
  const world = new World("ann", "mallory");
  const [ann, mallory] = [world.person(0), world.person(1)];
  const room = world.meet("#lobby");
  const author = peerIdOf(sha256(Uint8Array.of(1)));
  const fields = { room, author, seq: 5, hash: sha256(Uint8Array.of(2)) };
  const checkpoint = { ...fields, signature: signaturesOf(author).sign(fields) };
  world.inject(mallory, ann, { kind: "checkpoints", room, checkpoints: [checkpoint] });
  const wants = () => world.messages.filter(({ message }) => message.kind === "want").length;
  const before = wants();

  for (let i = 0; i < 10 * DIGESTS_BURST; i++) {
    world.inject(mallory, ann, { kind: "digest", room, digest: sha256(Uint8Array.of(3, i)) });
  }
  const flooded = wants();
  world.now += 2_000;
  world.inject(mallory, ann, { kind: "digest", room, digest: sha256(Uint8Array.of(4)) });

  expect(before).toBe(1);
  expect(flooded - before).toBeGreaterThan(0);
  expect(flooded - before).toBeLessThanOrEqual(DIGESTS_BURST);
  expect(wants()).toBe(flooded + 1);
});
