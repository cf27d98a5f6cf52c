-- A leaver's list was posted at one place; without a place, at all of them.
-- Takes: person text, place text?
if A.place then
  redis.call('HSET', key('leaver_told', A.person), A.place, int(NOW))
  redis.call('PEXPIRE', key('leaver_told', A.person), TTL.day)
else
  redis.call('ZREM', key('leaver_lists'), A.person)
  redis.call('DEL', key('leaver_told', A.person))
end
return 1
