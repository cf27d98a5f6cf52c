-- Note that a week's digest is about to be posted, so that a process which dies while it posts is not the first of many.
-- Returns which try this is; 0 where it is posted, or was tried as often as it may be; -1 for who has no lease.
-- Takes: token text, week text, most integer
if redis.call('GET', key('lease')) ~= A.token then
  return -1
end
local stored = redis.call('HGET', key('digests'), A.week) or ''
local tries = tonumber(string.match(stored, '^trying:(%d%d?)$') or '0')
if string.sub(stored, 1, 7) == 'posted:' or tries >= A.most then
  return 0
end
redis.call('HSET', key('digests'), A.week, 'trying:' .. int(tries + 1))
redis.call('PEXPIRE', key('digests'), KEPT_FOR)
return tries + 1
