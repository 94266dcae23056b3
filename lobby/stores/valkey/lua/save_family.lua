-- ARGV: family id, the generation that it must be at (empty: there is none), the new one, when it expires, the family, an id of
-- this call.
-- Answers 1; 0: it is at another. Asked again after a lost answer it says the same.

local name = key('family', ARGV[1])
local have = redis.call('HMGET', name, 'g', 'c')
if have[2] == ARGV[6] then return 1 end
if (have[1] or '') ~= ARGV[2] then return 0 end
redis.call('HSET', name, 'g', ARGV[3], 'j', ARGV[5], 'c', ARGV[6])
redis.call('ZADD', expiry, ARGV[4], 'family:' .. ARGV[1])
return 1
