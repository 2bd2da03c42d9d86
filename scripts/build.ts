import { resolve } from 'node:path';
import { bundle } from './build/bundle';

/** `npm run build [-- FOLDER]`: bundles into `dist/`, or into FOLDER. */
const root = resolve(__dirname, '..');
void bundle(root, resolve(process.argv[2] ?? resolve(root, 'dist')));
