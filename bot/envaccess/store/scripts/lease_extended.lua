-- A source lets a lease work until its grant ends, or for `seconds`.
-- Takes: id text, ends integer, seconds integer?
local lease = read_lease(A.id)
if not lease or lease.state ~= 'minted' then
  return 'not live'
end
bypass_oom()
local works = A.seconds and NOW + A.seconds * 1000 or A.ends
local record, said = request_of(lease)
emit('lease.extended', 'bot', said, about_lease(lease, { expires_at = int(works) }))
local behind = number(lease, 'ends_at') > A.ends -- it was extended once more meanwhile
set_lease(lease, { works_deadline = works, extending = behind and '1' or '0', tries = '0', left = '', holder = '' })
redis.call('ZADD', key('leases_at', lease.source), int(behind and NOW or math.min(works, number(lease, 'ends_at'), NOW + LEASE.look)), lease.id)
set_lease_turn(lease)
if record then
  note_lease(record, string.match(lease.id, '_(%d+_%d+)$'), 'm', int(works))
  change(record, {}) -- its card said until when it worked before
end
return 'extended'
