"""What is looked at on every page: each script answers with what is wrong."""

CONTRAST = """() => {
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const parts = (text) => (text.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const behind = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      layers.push(colour);
      if ((colour[3] ?? 1) === 1) break;
    }
    return layers.reverse().reduce((under, [r, g, b, a = 1]) =>
      [r, g, b].map((c, at) => c * a + under[at] * (1 - a)), [0, 0, 0]);
  };
  const wrong = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
    const style = getComputedStyle(node);
    const plain = !node.closest(".spoiler, .avatar, .off-screen, .skip, :disabled");
    if (!own || !plain || !node.checkVisibility()) continue;
    const [a, b] = [light(parts(style.color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) wrong.push(`${node.className || node.tagName} ${ratio.toFixed(2)}`);
  }
  return [...new Set(wrong)];
}"""

NAMELESS = """() =>
  [...document.querySelectorAll("button, a, input, textarea, select, [role=button]")]
    .filter((each) => each.checkVisibility() && !each.ariaLabel)
    .filter((each) => !each.textContent.trim() && !each.labels?.length)
    .map((each) => each.outerHTML)"""

TWICE = """() =>
  [...document.querySelectorAll("[id]")].map((each) => each.id)
    .filter((id, at, all) => all.indexOf(id) !== at)"""

TOO_WIDE = """() =>
  [...document.querySelectorAll(
    "body, .room, .log, .top, .people, .message, form, .members, .guide, .pane, .menu, .modal"
  )].filter((each) => each.checkVisibility())
    .filter((each) => each.scrollWidth > each.clientWidth + 1
      || each.getBoundingClientRect().right > innerWidth + 1)
    .map((each) => each.className)"""
