-- Store what the message about a login shows. The mark goes when nothing of the newest version is left to show; a message
-- in another's place makes the other one to be deleted.
-- Takes: session text, shown integer, dm text, ts text, deleted text, kind text?
local KIND = A.kind or 'session' -- else: 'proposal', 'alert', 'rotation'
local CARDS = ({
  session = key('session_cards'), proposal = key('proposal_cards'), alert = key('alert_cards'),
  rotation = key('rotation_cards'),
})[KIND]
bypass_oom()
local record = read_record(KIND, A.session)
if not record then
  redis.call('ZREM', CARDS, A.session)
  return 1
end
local strays, known = {}, record.ts or ''
for _, ts in ipairs(split(record.strays or '')) do
  if ts ~= A.deleted and ts ~= A.ts then
    strays[#strays + 1] = ts
  end
end
if known ~= '' and known ~= A.ts and known ~= A.deleted then
  strays[#strays + 1] = known
end
local kept = table.concat(strays, ',')
redis.call('HSET', key(KIND, A.session), 'dm', A.dm, 'ts', A.ts, 'shown', int(A.shown), 'strays', kept)
if kept == '' and number(record, 'version') <= A.shown then
  redis.call('ZREM', CARDS, A.session)
  return 1
end
redis.call('ZADD', CARDS, int(NOW), A.session)
return 0
