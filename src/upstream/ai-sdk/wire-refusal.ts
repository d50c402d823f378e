/** A request that this upstream cannot answer as it is; the client reads the message. */
export class WireRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;

  constructor(facts: { status?: number; code: string; message: string; param?: string | null }) {
    super(facts.message);
    this.name = 'WireRefusal';
    this.status = facts.status ?? 400;
    this.code = facts.code;
    this.param = facts.param ?? null;
  }
}

/** Something in the request is not what the API wants there. */
export function malformed(param: string, expected: string): WireRefusal {
  return new WireRefusal({ code: 'invalid_value', param, message: `${param}: ${expected}` });
}

/** Something the API knows and this model's provider cannot do, so that leaving it out would change the answer. */
export function unsupported(param: string, why: string): WireRefusal {
  return new WireRefusal({ code: 'unsupported_parameter', param, message: `${param}: ${why}` });
}
