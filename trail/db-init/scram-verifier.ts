import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const iterations = 4096;

/**
 * What PostgreSQL stores for `password` (SCRAM-SHA-256, RFC 5803 form). Sent in place of the password, the
 * server's statement log never gets to see it.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(saslPrepared(password), salt, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(keyed(salted, 'Client Key')).digest('base64');
  const serverKey = keyed(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

function keyed(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** RFC 4013, as far as PostgreSQL's clients go: odd blanks, invisible characters, one form of each letter. */
function saslPrepared(password: string): string {
  return password
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, ' ')
    .replace(/[\u00ad\u1806\u2060\ufeff]|\u034f|[\u180b-\u180d]|\u200c|\u200d|[\ufe00-\ufe0f]/g, '')
    .normalize('NFKC');
}
