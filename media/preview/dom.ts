/** Builds elements. Text goes in as text nodes only, so nothing from a document is ever read as markup. */
type Child = Node | string | null | false;

type Properties = Readonly<Record<string, string | number | boolean | ((event: Event) => void)>>;

/** `on…` adds a listener; the rest are attributes (`true` an empty one, `false` none). */
export const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== false));
  return made;
};

/** Sets text only when it differs, so that a live region does not repeat itself. */
export const setText = (target: HTMLElement, text: string): void => {
  if (target.textContent !== text) target.textContent = text;
};
