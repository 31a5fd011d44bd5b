/* WhatsApp's text formatting, as DOM nodes: what was written never becomes markup. */

const CODE = /```([^]+?)```|`([^`\n]+)`/;
const LINK = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}*_~]/;
const STYLED = /(?<![\p{L}\p{N}])([*_~])(?=\S)((?:(?!\1)[^\n])*?\S)\1(?![\p{L}\p{N}])/u;
const TAGS = { "*": "strong", _: "em", "~": "s" };
const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}[\u{FE0F}\u{200D}\u{1F3FB}-\u{1F3FF}]*\s?){1,3}$/u;

export const isLarge = (text) => EMOJI_ONLY.test(text);

export function formatted(text) {
  const fragment = document.createDocumentFragment();
  fragment.append(...code(text));
  return fragment;
}

function element(tag, ...children) {
  const made = document.createElement(tag);
  made.append(...children);
  return made;
}

/** Nodes for `text`: `make` for the first match of `pattern`, `rest` for what is before it, and so on after it. */
function around(text, pattern, make, rest) {
  const nodes = [];
  let match;
  while ((match = pattern.exec(text))) {
    nodes.push(...rest(text.slice(0, match.index)), make(match));
    text = text.slice(match.index + match[0].length);
  }
  return [...nodes, ...rest(text)];
}

const code = (text) => around(text, CODE, (match) => element("code", match[1] ?? match[2]), lines);

function lines(text) {
  const parts = text.split("\n");
  return parts.flatMap((line, i) => {
    if (line.startsWith("> ")) return [element("q", ...links(line.slice(2)))];
    // A quotation is a block, which ends its own line.
    const end = i + 1 < parts.length ? ["\n"] : [];
    return [...links(line.replace(/^[-*] (?=\S)/, "• ")), ...end];
  });
}

const links = (text) => around(text, LINK, link, styled);

function link(match) {
  const made = element("a", match[0]);
  Object.assign(made, { href: match[0], target: "_blank", rel: "noopener noreferrer" });
  return made;
}

function styled(text) {
  return around(text, STYLED, (match) => element(TAGS[match[1]], ...styled(match[2])), (plain) => (plain ? [plain] : []));
}
