-- Note how far the archive has come: its first word where there is none yet, the segment that is written next, the first
-- that is left, and the first whose requests may still be in Redis.
-- Takes: began text, was integer, number integer, until text, first integer, emptied integer
local kept = key('archive')
local held = redis.call('HMGET', kept, 'number', 'emptied')
if redis.call('HSETNX', kept, 'began', A.began) == 1 or (tonumber(held[1] or '0') == A.was and tonumber(held[2] or '0') <= A.emptied) then
  redis.call('HSET', kept, 'number', int(A.number), 'until', A['until'], 'first', int(A.first), 'emptied', int(A.emptied))
end
return 1
