/** Which classes of a file name which others, as the words of their texts tell. */
import type { ClassValue } from '../interpreter/values.ts';

export class ClassUse {
  private readonly classes: readonly ClassValue[];
  private readonly textOf: (cls: ClassValue) => string;
  private readonly words = new Map<ClassValue, ReadonlySet<string>>();

  constructor(classes: readonly ClassValue[], textOf: (cls: ClassValue) => string) {
    this.classes = classes;
    this.textOf = textOf;
  }

  /** Those that no other one names, and the rest: what the first build is part of their networks. */
  byUse(): { readonly outer: readonly ClassValue[]; readonly inner: readonly ClassValue[] } {
    const outer = this.classes.filter(({ name }) => !this.isNamed(name));
    return { outer, inner: this.classes.filter((cls) => !outer.includes(cls)) };
  }

  /** Whether another class names this one: it builds it, or initialises it. */
  isNamed(name: string): boolean {
    return this.classes.some((one) => this.names(one, name));
  }

  names(cls: ClassValue, other: string): boolean {
    return cls.name !== other && this.wordsOf(cls).has(other);
  }

  private wordsOf(cls: ClassValue): ReadonlySet<string> {
    let words = this.words.get(cls);
    if (!words) {
      words = new Set(this.textOf(cls).match(/\w+/g));
      this.words.set(cls, words);
    }
    return words;
  }
}
