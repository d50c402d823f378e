import { BASE64, BASE64_SIGN, DIGIT, LETTER, WORD } from './character-kind.ts';

/** How keys of a provider look: a beginning nobody else uses, then characters of a kind. */
export interface SecretForm {
  readonly prefix: string;
  /** Of what follows the prefix. */
  readonly least: number;
  readonly most?: number;
  readonly of: number;
  /** Further parts after dots. */
  readonly dots?: number;
}

const LETTER_OR_DIGIT = LETTER | DIGIT;

/** Documented by the providers, or by the scanners of GitHub and GitLab. */
export const SECRET_FORMS: readonly SecretForm[] = [
  { prefix: 'sk-', least: 20, of: BASE64 },
  { prefix: 'sk_live_', least: 16, of: WORD },
  { prefix: 'sk_test_', least: 16, of: WORD },
  { prefix: 'rk_live_', least: 16, of: WORD },
  { prefix: 'rk_test_', least: 16, of: WORD },
  { prefix: 'pk_live_', least: 16, of: WORD },
  { prefix: 'whsec_', least: 24, of: BASE64 },
  { prefix: 'AKIA', least: 16, most: 16, of: LETTER_OR_DIGIT },
  { prefix: 'ASIA', least: 16, most: 16, of: LETTER_OR_DIGIT },
  { prefix: 'ghp_', least: 36, of: WORD },
  { prefix: 'gho_', least: 36, of: WORD },
  { prefix: 'ghu_', least: 36, of: WORD },
  { prefix: 'ghs_', least: 36, of: WORD },
  { prefix: 'ghr_', least: 36, of: WORD },
  { prefix: 'github_pat_', least: 40, of: WORD },
  { prefix: 'glpat-', least: 20, of: BASE64 },
  { prefix: 'gldt-', least: 20, of: BASE64 },
  { prefix: 'xoxb-', least: 20, of: BASE64 },
  { prefix: 'xoxp-', least: 20, of: BASE64 },
  { prefix: 'xoxa-', least: 20, of: BASE64 },
  { prefix: 'xoxr-', least: 20, of: BASE64 },
  { prefix: 'xoxs-', least: 20, of: BASE64 },
  { prefix: 'xapp-', least: 20, of: BASE64 },
  { prefix: 'AIza', least: 35, most: 35, of: BASE64 },
  { prefix: 'ya29.', least: 20, of: BASE64 },
  { prefix: 'GOCSPX-', least: 20, of: BASE64 },
  { prefix: 'npm_', least: 36, of: WORD },
  { prefix: 'pypi-', least: 50, of: BASE64 },
  { prefix: 'hf_', least: 30, of: WORD },
  { prefix: 'r8_', least: 30, of: WORD },
  { prefix: 'gsk_', least: 40, of: WORD },
  { prefix: 'xai-', least: 40, of: BASE64 },
  { prefix: 'pplx-', least: 40, of: BASE64 },
  { prefix: 'nvapi-', least: 40, of: BASE64 },
  { prefix: 'tvly-', least: 20, of: BASE64 },
  { prefix: 'fw_', least: 20, of: WORD },
  { prefix: 'lin_api_', least: 30, of: WORD },
  { prefix: 'ntn_', least: 40, of: WORD },
  { prefix: 'secret_', least: 40, of: WORD },
  { prefix: 'figd_', least: 30, of: BASE64 },
  { prefix: 'dop_v1_', least: 60, of: WORD },
  { prefix: 'doo_v1_', least: 60, of: WORD },
  { prefix: 'shpat_', least: 30, of: WORD },
  { prefix: 'shpss_', least: 30, of: WORD },
  { prefix: 'sq0atp-', least: 20, of: BASE64 },
  { prefix: 'sq0csp-', least: 40, of: BASE64 },
  { prefix: 'dapi', least: 32, most: 34, of: LETTER_OR_DIGIT | BASE64_SIGN },
  { prefix: 'rnd_', least: 28, of: WORD },
  { prefix: 'sbp_', least: 40, of: WORD },
  { prefix: 'sntrys_', least: 40, of: BASE64 },
  { prefix: 'phc_', least: 40, of: WORD },
  { prefix: 'phx_', least: 40, of: WORD },
  { prefix: 'tskey-', least: 20, of: BASE64 },
  { prefix: 'key-', least: 32, most: 32, of: LETTER_OR_DIGIT },
  { prefix: 'hg_', least: 32, of: BASE64 },
  { prefix: 'SG.', least: 20, of: BASE64, dots: 1 },
  // A signed token: head and claims are JSON in base64url, which begins with `{"`.
  { prefix: 'eyJ', least: 10, of: BASE64, dots: 2 },
  { prefix: 'AGE-SECRET-KEY-1', least: 50, of: LETTER_OR_DIGIT },
];
