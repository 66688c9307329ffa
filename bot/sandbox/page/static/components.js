// Renders message components: rows of buttons and selects, and the second version's layout.
import { add, el, icon, outward } from "./dom.js";
import { colour, covered, fileCard, picture, webAddress } from "./embeds.js";
import { markdown } from "./markdown.js";
import { select } from "./select.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "secondary" };

/** Render a message's components; `room` acts for the reader. */
export function components(list, message, room) {
  return list.map((each) => one(each, message, room)).filter(Boolean);
}

function one(data, message, room) {
  switch (data.type) {
    case 1:
      return el("div", { class: "action-row" }, components(data.components ?? [], message, room));
    case 2:
      return button(data, message, room);
    case 3: case 5: case 6: case 7: case 8:
      return messageSelect(data, message, room);
    case 9:
      return el("div", { class: "section" },
        el("div", { class: "section-words" }, components(data.components ?? [], message, room)),
        data.accessory && one(data.accessory, message, room));
    case 10:
      return el("div", { class: "text-display md" }, markdown(data.content ?? "", room.state.names));
    case 11:
      return media(data, message, "thumb");
    case 12:
      return gallery(data, message);
    case 13:
      return file(data, message);
    case 14:
      return separator(data);
    case 17:
      return container(data, message, room);
    default:
      return el("p", { class: "unknown" }, `(A component of type ${data.type}, which this page cannot show.)`);
  }
}

function separator(data) {
  const look = [data.spacing === 2 && "wide", data.divider === false && "bare"].filter(Boolean);
  return el("hr", { class: ["separator", ...look].join(" ") });
}

function button(data, message, room) {
  const emoji = data.emoji?.id ? `:${data.emoji.name}:` : data.emoji?.name;
  const words = [emoji && el("span", { class: "emoji" }, emoji), data.label];
  const look = `button ${STYLES[data.style] ?? "secondary"}`;
  if (data.style === 5) {
    const address = webAddress(data.url);
    return outward(data.disabled ? null : address, { class: look }, words, icon("open"));
  }
  return el("button", {
    type: "button", class: look, disabled: Boolean(data.disabled),
    "data-testid": "button", "data-custom-id": data.custom_id,
    "aria-label": data.label ? null : data.emoji?.name ?? "Button",
    onclick: (event) => room.press(message, data.custom_id, null, event.currentTarget),
  }, words);
}

function messageSelect(data, message, room) {
  const menu = select(data, room.state, (values, node) => room.press(message, data.custom_id, values, node));
  menu.dataset.customId = data.custom_id;
  return menu;
}

function container(data, message, room) {
  const box = el("div", { class: "container", "data-testid": "container" });
  add(box, components(data.components ?? [], message, room));
  if (Number.isInteger(data.accent_color)) {
    box.style.setProperty("--accent", colour(data.accent_color));
    box.dataset.accent = "true";
  }
  return data.spoiler ? covered(box) : box;
}

function gallery(data, message) {
  const items = (data.items ?? []).map((item) => media(item, message, ""));
  return el("div", { class: "gallery", "data-count": items.length }, items);
}

function media(item, message, extra) {
  const node = picture(resolved(item.media, message), item.description, extra);
  return node && item.spoiler ? covered(node) : node;
}

function file(data, message) {
  const found = resolved(data.file, message);
  const name = data.name ?? found.filename ?? nameIn(found.url);
  const card = fileCard({ filename: name, size: data.size ?? found.size, url: found.url });
  card.dataset.testid = "attachment";
  card.dataset.filename = name;
  return data.spoiler ? covered(card) : card;
}

/** `attachment://name` means the message's own file of that name. */
function resolved(given, message) {
  const name = /^attachment:\/\/(.+)$/.exec(given?.url ?? "")?.[1];
  if (!name) return given ?? {};
  return (message.attachments ?? []).find((each) => each.filename === name) ?? {};
}

function nameIn(address) {
  try {
    return decodeURIComponent(new URL(address).pathname.split("/").at(-1)) || "file";
  } catch {
    return "file";
  }
}
