/** Where settings come from: `initializationOptions`, then the client's configuration where it has one. */
import { type Connection, DidChangeConfigurationNotification, MessageType, ShowMessageNotification } from 'vscode-languageserver';
import type { ClientSupport } from './clientSupport.ts';
import { DEFAULT_SETTINGS, readSettings, type Settings } from './settings.ts';

export interface Configuration {
  readonly settings: Settings;
  /** Takes settings as they are; what is wrong in them is said in a message. */
  use(value: unknown): void;
  /** Asks a client that can be asked, and listens for changes. */
  follow(support: ClientSupport, changed: () => void): void;
}

const SECTION = 'initlens';

export const createConfiguration = (connection: Connection): Configuration => {
  let settings = DEFAULT_SETTINGS;
  const use = (value: unknown): void => {
    const read = readSettings(value);
    settings = read.settings;
    for (const message of read.problems) {
      void connection.sendNotification(ShowMessageNotification.type, { type: MessageType.Warning, message });
    }
  };
  const fetch = async (): Promise<boolean> => {
    try {
      // A client that knows no such section answers null: then what initializationOptions said stands.
      const value: unknown = await connection.workspace.getConfiguration(SECTION);
      if (value === null || value === undefined) return false;
      use(value);
      return true;
    } catch (error) {
      connection.console.warn(`The settings could not be read: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
  const take = async (support: ClientSupport, pushed: unknown): Promise<boolean> => {
    if (support.configuration) return fetch();
    const sections: { readonly initlens?: unknown } | null = typeof pushed === 'object' ? pushed : null;
    use(sections?.initlens);
    return true;
  };
  return {
    get settings() {
      return settings;
    },
    use,
    follow: (support, changed) => {
      const then = (different: boolean): void => {
        if (different) changed();
      };
      if (support.dynamicConfiguration) {
        void connection.client.register(DidChangeConfigurationNotification.type, { section: SECTION }).catch(() => undefined);
      }
      connection.onDidChangeConfiguration((params) => void take(support, params.settings).then(then));
      if (support.configuration) void fetch().then(then);
    },
  };
};
