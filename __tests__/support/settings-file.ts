import { loadSettings, type Settings } from '../../settings';

/** Settings as a user's file at the top of the project gives them. */
export function settingsFile(name: string): Settings {
  return loadSettings({ TRAIL_SETTINGS: name });
}
