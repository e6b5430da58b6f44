/** packaging.version: texts like `2.1.0+cu118` that are compared by their release. */
import { OBJECT } from '../builtins/types.ts';
import { nativeClass } from '../native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../values.ts';
import { bool, int, NONE, str, tuple, unknown } from '../values.ts';

interface Version {
  readonly text: string;
  readonly release: readonly number[];
  /** A release candidate or development version comes before its release. */
  readonly before: boolean;
}

const PATTERN = /^\s*v?(?:\d+!)?(\d+(?:\.\d+)*)[-_.]?(a|b|c|rc|alpha|beta|pre|preview|dev)?[\w.+-]*\s*$/i;

const read = (text: string): Version | undefined => {
  const found = PATTERN.exec(text);
  return found ? { text: text.trim(), release: (found[1] as string).split('.').map(Number), before: found[2] !== undefined } : undefined;
};

const versionOf = (value: Value | undefined): Version | undefined =>
  value?.kind === 'string' ? read(value.value) : value?.kind === 'instance' && value.cls === VERSION ? (value.data as Version) : undefined;

/** Sign of a − b: the releases padded with zeros, then what comes before a release. */
const difference = (a: Version, b: Version): number => {
  for (let i = 0; i < Math.max(a.release.length, b.release.length); i++) {
    const one = (a.release[i] ?? 0) - (b.release[i] ?? 0);
    if (one !== 0) return one;
  }
  return Number(b.before) - Number(a.before);
};

const comparison =
  (holds: (difference: number) => boolean): NativeCall =>
  ({ positional: [self, other] }, site) => {
    const [a, b] = [versionOf(self), versionOf(other)];
    return a && b ? bool(holds(difference(a, b))) : unknown('comparison with a version that is not known', site.span);
  };

const part = (self: InstanceValue, name: string): Value => {
  const { release, text, before } = self.data as Version;
  switch (name) {
    case 'major':
      return int(release[0] ?? 0);
    case 'minor':
      return int(release[1] ?? 0);
    case 'micro':
      return int(release[2] ?? 0);
    case 'release':
      return tuple(release.map((n) => int(n)));
    case 'base_version':
      return str(release.join('.'));
    case 'public':
      return str(text.split('+')[0] as string);
    case 'is_prerelease':
      return bool(before);
    default:
      return unknown(`Version has no attribute ${name}`);
  }
};

const VERSION: ClassValue = nativeClass('packaging.version.Version', [OBJECT], {
  __new__: ({ positional: [, text] }, site, m) => {
    const version = versionOf(text);
    return version ? m.newInstance(VERSION, version, site) : unknown('a version that is not known', site.span);
  },
  __getattr__: ({ positional: [self, name] }) =>
    self?.kind === 'instance' && name?.kind === 'string' ? part(self, name.value) : unknown('an attribute that is not known'),
  __str__: ({ positional: [self] }) => str(versionOf(self)?.text ?? ''),
  __lt__: comparison((d) => d < 0),
  __le__: comparison((d) => d <= 0),
  __gt__: comparison((d) => d > 0),
  __ge__: comparison((d) => d >= 0),
  __eq__: comparison((d) => d === 0),
  __ne__: comparison((d) => d !== 0),
});

export const versions: Readonly<Record<string, NativeCall | Value>> = {
  Version: VERSION,
  parse: (args: Args, site: CallSite, m) => m.instantiate(VERSION, { ...args, positional: [args.positional[0] ?? NONE] }, site),
  InvalidVersion: nativeClass('packaging.version.InvalidVersion', [OBJECT]),
};
