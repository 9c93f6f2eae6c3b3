/** Failed log-ins say by `problem` what ended them; earlier ones only had the platform's reason. */
export const sql = /* sql */ `
UPDATE operations SET error = json_set(error, '$.params.problem', coalesce(json_extract(error, '$.params.reason'), ''))
  WHERE kind = 'login' AND json_extract(error, '$.code') = 'login-failed';
`
