/** One thing worth knowing about the running server, for the operator; it may hold paths and causes. */
export interface GatewayEvent {
  level: 'info' | 'warning' | 'error';
  event:
    | 'server-started'
    | 'server-stopping'
    | 'server-stopped'
    | 'model-live'
    | 'model-canary'
    | 'model-shadow'
    | 'promotion'
    | 'promotion-failed'
    | 'shadow-failed'
    | 'model-failed'
    | 'registry-failed'
    | 'request-failed'
    | 'open-to-network'
    | 'capture-failed'
    | 'capture-problem'
    | 'capture-dropped'
    | 'capture-well'
    | 'store-away'
    | 'store-back'
    | 'clock-stepped'
    | 'retention'
    | 'retention-failed'
    | 'erasure'
    | 'erasure-failed';
  message: string;
  requestId?: string;
  cause?: unknown;
}

/** Receives the server's events. */
export type GatewayLog = (event: GatewayEvent) => void;
