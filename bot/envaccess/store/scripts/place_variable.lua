-- Write down where the value of a variable lives that is kept elsewhere than here. One that lived somewhere else is
-- another variable from now on: every grant over it ends in the same step, as where it is deleted.
-- Takes: op text, name text, source text, actor text, incarnation text, seal text, before text
return once(function()
  local before = incarnation_of(A.name) or ''
  if before ~= A.before then
    return look_again({ written = 'behind' })
  end
  local moved = before ~= ''
  local grants = moved and stop_grants_over(A.name) or {}
  local last = redis.call('HGET', key('versions'), A.name) or '0'
  emit(moved and 'secret.changed' or 'secret.created', A.actor, { variables = A.name }, { source = A.source })
  write_catalogue(A.name, {
    source = A.source, owner = A.actor, incarnation = A.incarnation, seal = A.seal, version = last,
    created_at = NOW, changed_at = NOW,
  })
  local ended = end_stopped(grants, A.actor, { event = 'moved', word = 'moved' })
  if moved then
    end_leases_under({ key('leased', A.name) }, 'grant')
  end
  return { written = moved and 'changed' or 'created', ended = ended }
end)
