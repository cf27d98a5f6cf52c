/** The emoji that people and bots use most, by Slack's names; a name that is not here stays text. */

const TABLE = `
+1 👍 -1 👎 100 💯 alarm_clock ⏰ arrow_right ➡️ arrows_counterclockwise 🔄 ballot_box_with_check ☑️ bangbang ‼️
bell 🔔 blue_heart 💙 bomb 💣 bookmark 🔖 boom 💥 bulb 💡 calendar 📆 chart_with_upwards_trend 📈 clap 👏
clipboard 📋 clock1 🕐 closed_lock_with_key 🔐 cloud ☁️ construction 🚧 cry 😢 dart 🎯 dash 💨 desktop_computer 🖥️ envelope ✉️
exclamation ❗ eyes 👀 fast_forward ⏩ fire 🔥 gear ⚙️ gift 🎁 globe_with_meridians 🌐 green_heart 💚 grey_question ❔ grin 😁 hammer 🔨
hand ✋ heart ❤️ heavy_check_mark ✔️ heavy_plus_sign ➕ hourglass ⌛ hourglass_flowing_sand ⏳ information_source ℹ️
inbox_tray 📥 joy 😂 key 🔑 large_blue_circle 🔵 large_green_circle 🟢 large_red_square 🟥 large_yellow_circle 🟡
leftwards_arrow_with_hook ↩️ link 🔗 lock 🔒 lock_with_ink_pen 🔏 loudspeaker 📢 mag 🔍 mailbox 📫 man-shrugging 🤷‍♂️
memo 📝 moneybag 💰 mute 🔇 new 🆕 no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 ok 🆗 ok_hand 👌 package 📦 page_facing_up 📄
paperclip 📎 pencil 📝 point_right 👉 pray 🙏 purple_heart 💜 pushpin 📌 question ❓ rainbow 🌈
raised_hands 🙌 recycle ♻️ red_circle 🔴 repeat 🔁 rewind ⏪ robot_face 🤖 rocket 🚀 rotating_light 🚨 scissors ✂️ scream 😱 see_no_evil 🙈
shield 🛡️ shrug 🤷 skull 💀 smile 😄 smiley 😃 snail 🐌 sos 🆘 sparkles ✨ speech_balloon 💬 star ⭐ stop_sign 🛑
stopwatch ⏱️ sunglasses 😎 sweat_smile 😅 tada 🎉 thinking_face 🤔 thumbsup 👍 thumbsdown 👎 timer_clock ⏲️ triangular_flag_on_post 🚩
unlock 🔓 warning ⚠️ wastebasket 🗑️ wave 👋 white_check_mark ✅ white_circle ⚪ white_small_square ▫️ wink 😉 wrench 🔧 x ❌ zap ⚡ zzz 💤
`;

/** @type {Map<string, string>} */
export const EMOJI = new Map();
const words = TABLE.trim().split(/\s+/);
for (let at = 0; at < words.length; at += 2) EMOJI.set(words[at], words[at + 1]);
