-- Stores a family of refresh tokens. ARGV: family id, the generation that the stored one must have (empty: none is stored), the
-- new
-- generation, when it expires (ms), the family, an id of this call.
-- Returns: 1, or 0 if the stored one has another generation. A repeated call returns the same.

local name = key('family', ARGV[1])
local have = redis.call('HMGET', name, 'g', 'c')
if have[2] == ARGV[6] then return 1 end
if (have[1] or '') ~= ARGV[2] then return 0 end
redis.call('HSET', name, 'g', ARGV[3], 'j', ARGV[5], 'c', ARGV[6])
redis.call('ZADD', expiry, ARGV[4], 'family:' .. ARGV[1])
return 1
