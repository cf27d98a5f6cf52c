-- Draw this one again later; never bring back one that is drawn meanwhile.
insist()
redis.call('ZADD', key('dirty'), 'XX', int(NOW + A.milliseconds), A.id)
return 1
