/** What signs and seals in this benchmark. */
export const webhookSecret = 'a webhook secret of the benchmark';
export const auditKey = 'an audit key of the benchmark';
