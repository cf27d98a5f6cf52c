-- A source was read, or changed by us: which value it has now.
-- Takes: name text, mark text, version text, read_at integer, key text
if redis.call('HGET', key('ledger_key'), 'id') ~= A.key then
  return -1
end
note_read(A.name, A.mark, A.version, A.read_at)
return 1
