import { main } from '../cli';

void main(['edges', ...process.argv.slice(2)]);
