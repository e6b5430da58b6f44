/** Where a rule's page lives: the one place that knows the address. */
const RULE_PAGES = 'https://github.com/initlens/initlens/blob/main/docs/rules';

export const rulePage = (rule: string): string => `${RULE_PAGES}/${rule}.md`;
