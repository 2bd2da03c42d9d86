export { Authority as TestAuthority, type Pair, type PairOptions } from '../../demo/certificates/authority';
