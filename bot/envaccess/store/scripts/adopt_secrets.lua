-- The catalogue records of values that were stored before there was a catalogue, all of one page in one step. Where
-- there is one, or no value any more, nothing is written. The upgrade that calls it writes the event.
-- Takes: incarnations texts, seals texts, source text, owner text
local written = 0
for name, incarnation in pairs(A.incarnations) do
  local version, created, changed =
    unpack(redis.call('HMGET', key('secret', name), 'version', 'created_at', 'changed_at'))
  if version and not incarnation_of(name) then
    write_catalogue(name, {
      source = A.source, owner = A.owner, incarnation = incarnation, seal = A.seals[name], version = version,
      created_at = created or NOW, changed_at = changed or NOW,
    })
    redis.call('HDEL', key('secret', name), 'created_at', 'changed_at', 'born')
    written = written + 1
  end
end
return written
