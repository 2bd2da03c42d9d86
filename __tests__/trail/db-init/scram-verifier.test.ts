import { scramVerifier } from '../../../trail/db-init/scram-verifier';

test('the verifier has the form that PostgreSQL takes for a ready-made one, with a salt of its own', () => {
  const form = /^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/;
  expect(scramVerifier('secret')).toMatch(form);
  expect(scramVerifier('secret')).not.toBe(scramVerifier('secret'));
});

test('the numbers are those of RFC 7677, section 3', () => {
  // Its example exchange: password "pencil", this salt, 4096 rounds.
  const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
  expect(verifier).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});
