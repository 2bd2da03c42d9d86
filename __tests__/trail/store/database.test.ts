import { DatabaseError } from 'pg';
import { databaseError } from '../../../trail/store/database';

test.each(['25P03', '57P01', '53300', '08006'])(
  'a server that ends the session with %s ends the program as a bug would, instead of being tried again',
  (code) => {
    const ended = Object.assign(new DatabaseError('terminating connection', 0, 'error'), { code });
    expect(databaseError(ended)).toMatchObject({ code: 'database-unavailable' });
  },
);
