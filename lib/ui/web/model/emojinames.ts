/** Those that are offered before anything is typed. */
export const OFTEN: readonly string[] =
  "👍 👎 ❤️ 😂 🙂 😮 😢 🎉 👀 🙏 🔥 ✅ ❌ 🚀 💯 🤔 👏 😍 🤝 💡 🐛 ☕ 🌱 👋".split(" ");

interface NamedEmoji {
  readonly emoji: string;
  readonly name: string;
}

/** What can be typed as `:name`: an emoji and its names, the first of them the usual one. */
const TABLE = `
😀 grin smile happy|😂 joy laugh tears|🙂 smiling slight_smile|😉 wink|😊 blush
😍 heart_eyes love|😘 kiss|😎 cool sunglasses|🤔 thinking hmm|🤨 raised_eyebrow|😐 neutral
😏 smirk|😮 wow open_mouth|😴 sleeping tired|😢 cry sad|😭 sob|😡 angry rage|🤯 mind_blown
😱 scream|😅 sweat_smile|🙃 upside_down|🤗 hug|🤫 quiet shush|🤐 zipper_mouth|😬 grimace
🥳 party partying|😇 angel|🤓 nerd|😷 mask ill|🤒 sick|👍 thumbsup yes +1|👎 thumbsdown no -1
👌 ok_hand|👏 clap applause|🙌 raised_hands|🙏 pray please thanks|👋 wave hello bye
🤝 handshake deal|✌️ peace victory|🤞 fingers_crossed luck|💪 muscle strong|👉 point_right
👈 point_left|👆 point_up|👇 point_down|✍️ writing|👀 eyes look|🧠 brain|❤️ heart love
🧡 orange_heart|💛 yellow_heart|💚 green_heart|💙 blue_heart|💜 purple_heart|🖤 black_heart
💔 broken_heart|🔥 fire lit|⭐ star|✨ sparkles|💯 hundred 100|🎉 tada party celebrate
🎂 cake birthday|🎁 gift present|🏆 trophy|🚀 rocket ship launch|⚡ zap lightning fast
💡 bulb idea|🐛 bug|🔧 wrench fix|🔨 hammer build|⚙️ gear settings|🔒 lock closed
🔓 unlock open|🔑 key|📌 pin|📎 paperclip|📝 memo note|📖 book read|📅 calendar date
📈 chart_up|📉 chart_down|📦 package box|📬 mail|📣 megaphone announce|🔔 bell|🔕 no_bell mute
🔍 search find|💻 laptop computer|🖥️ desktop|📱 phone|🔋 battery|🔌 plug|🌐 globe web
📡 satellite antenna|⏰ alarm clock|⏳ hourglass wait|✅ check done|❌ cross wrong|⚠️ warning
❓ question|❗ exclamation|🚧 construction wip|🛑 stop|♻️ recycle|🆗 ok|🆕 new|☀️ sun
🌙 moon night|☁️ cloud|🌧️ rain|❄️ snow|🌈 rainbow|🌊 wave_sea|🌱 seedling grow|🌳 tree
🌵 cactus|🌸 blossom|🍀 clover|🍎 apple|🍕 pizza|🍔 burger|🍪 cookie|🍺 beer|🍷 wine|☕ coffee
🍵 tea|🐱 cat|🐶 dog|🐭 mouse|🐰 rabbit|🦊 fox|🐻 bear|🐼 panda|🐸 frog|🐧 penguin|🐦 bird
🦉 owl|🐢 turtle|🐙 octopus|🐳 whale|🦄 unicorn|🐝 bee|🚗 car|🚲 bicycle|✈️ airplane
🚢 ship_sea|🏠 house home|🎵 music|🎮 game|⚽ football|🎯 target dart|🧩 puzzle|👻 ghost
🤖 robot bot|💀 skull|💩 poop|👑 crown|💎 gem|💰 money|🎈 balloon|🫡 salute|🤷 shrug
🤦 facepalm|🙈 see_no_evil monkey
`;

const NAMED: readonly NamedEmoji[] = TABLE.trim()
  .split(/[|\n]/)
  .flatMap((entry) => {
    const [emoji = "", ...names] = entry.split(" ");
    return names.map((name) => ({ emoji, name }));
  });

/** Those of which a name begins so, then those that have it somewhere; each emoji once. */
export function emojiLike(typed: string, max: number): readonly NamedEmoji[] {
  const small = typed.trim().toLowerCase();
  const begin = NAMED.filter(({ name }) => name.startsWith(small));
  const hold = NAMED.filter(({ name }) => name.includes(small));
  const found = new Map<string, NamedEmoji>();
  for (const one of [...begin, ...hold]) {
    if (found.size >= max) break;
    if (!found.has(one.emoji)) found.set(one.emoji, one);
  }
  return [...found.values()];
}
