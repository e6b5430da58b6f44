/** The manifest promises what the code keeps: settings, commands and files are those that exist. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../server/src/lsp/settings.ts';
import { readSources } from './sources.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const properties: Readonly<Record<string, { readonly default: unknown }>> = manifest.contributes.configuration.properties;

describe('package.json', () => {
  it('has the settings that the server reads, with its defaults', () => {
    const own = Object.entries(properties).filter(([key]) => key !== 'initlens.trace.server');
    expect(Object.fromEntries(own.map(([key, { default: value }]) => [key, value]))).toEqual(
      Object.fromEntries(Object.entries(DEFAULT_SETTINGS).map(([key, value]) => [`initlens.${key}`, value])),
    );
  });

  it('offers commands that the client registers', () => {
    const client = readSources('client/src')
      .map(({ text }) => text)
      .join('\n');
    const commands: readonly { readonly command: string }[] = manifest.contributes.commands;
    expect(commands.map(({ command }) => command).filter((command) => !client.includes(`'${command}'`))).toEqual([]);
  });

  it('bundles everything: no dependency is installed with the extension or the command line', () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.scripts.postinstall).toBeUndefined();
  });
});
