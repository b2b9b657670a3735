import { expect, test } from "bun:test";
import { CHANNEL_WINDOW_BYTES_MAX } from "../../lib/reliable/receiver.ts";
import { ReceiveWindow } from "../../lib/reliable/receivewindow.ts";
import { SessionWindow } from "../../lib/reliable/sessionwindow.ts";
import {
  CHANNEL_WINDOW_BYTES,
  MESSAGE_BYTES_MAX,
  SESSION_WINDOW_BYTES,
} from "../../lib/wire/limits.ts";
import { seededRandom } from "./link.ts";

const RESERVE_BYTES = SESSION_WINDOW_BYTES - CHANNEL_WINDOW_BYTES;

test("a session's limit moves along with a channel's, and is told until it leaves", () => {
  const session = new SessionWindow();
  const channel = channelWindow();
  expect([session.limit, session.isDue]).toEqual([SESSION_WINDOW_BYTES, false]);

  take(session, channel, 1000, 1000);
  expect([session.limit, session.isDue]).toEqual([SESSION_WINDOW_BYTES, false]);
  take(session, channel, CHANNEL_WINDOW_BYTES / 2, CHANNEL_WINDOW_BYTES);
  expect(session.isDue).toBeTrue();
  session.onSent();
  expect(session.isDue).toBeFalse();
  session.onLost();

  expect(session.isDue).toBeTrue();
  expect(session.limit).toBe(1000 + CHANNEL_WINDOW_BYTES / 2 + SESSION_WINDOW_BYTES);
});

test("it exceeds the largest channel's by the reserve", () => {
  const session = new SessionWindow();
  const channel = channelWindow();
  let taken = 0;

  for (let now = 0; now < 20; now++) {
    const { bytes } = channel;
    taken += bytes;
    channel.onTaken(now, bytes, 50);
    session.onTaken(bytes, taken, channel);
  }

  expect(channel.bytes).toBe(CHANNEL_WINDOW_BYTES_MAX);
  expect(session.limit - taken).toBeLessThanOrEqual(CHANNEL_WINDOW_BYTES_MAX + RESERVE_BYTES);
  expect(session.limit).toBeGreaterThanOrEqual(channel.limit + RESERVE_BYTES);
});

test("with one channel full, the others never come to a stop between messages", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const session = new SessionWindow();
    const others = [channelWindow(), channelWindow(), channelWindow()].map((window) => {
      return { window, partBytes: 0 };
    });
    // The fourth channel's window, of which nothing is taken.
    let reach = CHANNEL_WINDOW_BYTES;
    for (let i = 0; i < 3000; i++) {
      const other = others[Math.floor(others.length * random())];
      if (other === undefined) continue;
      const more = Math.floor((MESSAGE_BYTES_MAX - other.partBytes) * random());
      const sent = Math.min(more, session.limit - reach);
      reach += sent;
      other.partBytes += sent;
      if (random() < 0.3) {
        take(session, other.window, other.partBytes, reach);
        // What was told has long arrived.
        other.window.onSent();
        other.partBytes = 0;
      }
      expect(session.limit - reach, `seed ${seed}`).toBeGreaterThan(0);
    }
  }
});

function channelWindow(): ReceiveWindow {
  return new ReceiveWindow(CHANNEL_WINDOW_BYTES, CHANNEL_WINDOW_BYTES_MAX);
}

function take(session: SessionWindow, channel: ReceiveWindow, bytes: number, reach: number): void {
  channel.onTaken(0, bytes, 0);
  session.onTaken(bytes, reach, channel);
}
