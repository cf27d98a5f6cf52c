-- Store a sealed value whose version follows the last one ever. The catalogue record is made with a variable's first
-- value; it keeps its owner, incarnation and seal for as long as the variable exists.
-- Takes: op text, name text, version integer, sealed text, key text, actor text, replace integer, must integer?
-- Takes: source text, incarnation text, seal text, surface text, client texts?, mark text?, mark_key text?
return once(function()
  local lock = is_person(WHO) and lock_on({ WHO }, A.name)
  if lock then
    return refuse_locked(lock, A.actor, 'set', nil, A.name)
  end
  local last = tonumber(redis.call('HGET', key('versions'), A.name) or '0')
  local exists = incarnation_of(A.name)
  if exists and redis.call('HGET', key('catalogue', A.name), 'source') ~= A.source then
    return { written = 'elsewhere' }
  end
  if exists and A.replace == 0 then
    return { written = 'exists' }
  end
  if A.version ~= last + 1 or A.must == 1 and not exists then
    return look_again({ written = 'behind' })
  end
  local detail = said_by_client(A.surface, A.client)
  detail.version = int(A.version)
  emit(exists and 'secret.changed' or 'secret.created', A.actor, { variables = A.name }, detail)
  redis.call('HSET', key('versions'), A.name, int(A.version))
  redis.call('HSET', key('secret', A.name), 'version', int(A.version), 'sealed', A.sealed, 'key', A.key)
  if exists then
    redis.call('HSET', key('catalogue', A.name), 'version', int(A.version), 'changed_at', int(NOW))
  else
    write_catalogue(A.name, {
      source = A.source, owner = A.actor, incarnation = A.incarnation, seal = A.seal, version = A.version,
      created_at = NOW, changed_at = NOW,
    })
  end
  local is_marked = A.mark and redis.call('HGET', key('ledger_key'), 'id') == A.mark_key
  set_current(A.name, is_marked and A.mark or nil, int(A.version), NOW)
  return { written = exists and 'changed' or 'created' }
end)
