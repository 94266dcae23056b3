-- Keeps how long searches took. ARGV: their kind, how many of a kind are kept, for how long (ms), when they ended (ms), then for each
-- search "<id> <seconds>". A search that is there already changes nothing.

local name = key('waits', ARGV[1])
for i = 5, #ARGV do redis.call('ZADD', name, 'NX', ARGV[4], ARGV[i]) end
redis.call('ZREMRANGEBYRANK', name, 0, -ARGV[2] - 1)
redis.call('PEXPIRE', name, ARGV[3])
return 'OK'
